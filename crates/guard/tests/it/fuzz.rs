//! Mutated tokens in a stranger's requests, begun from good ones of every kind: only the very token that was signed for a door opens it.

use guard::{Verdict, ticket::Meta};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use mutation::Corpus;

use crate::rig::{PILOTS, Rig, outcome};

const PIECES: [&[u8]; 18] = [
    b".",
    b"..",
    b"=",
    b"-",
    b"_",
    b"+",
    b" ",
    b"\t",
    b"\"",
    b";",
    b"; CF_Authorization=",
    b"; CF_AppSession=",
    b",",
    b"A",
    b"e30",
    b"eyJhbGciOiJub25lIn0",
    b"\xc3\xa9",
    b"%2e",
];

/// What stands in the request wherever a token may stand, however it is read: the text between everything that is no part of a token.
fn names(input: &[u8], token: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    input.split(|byte| !is_part(byte)).any(|text| text == token.as_bytes())
}

fn headers(name: HeaderName, value: &[u8]) -> Option<HeaderMap> {
    Some(std::iter::once((name, HeaderValue::from_bytes(value).ok()?)).collect())
}

#[tokio::test]
async fn only_the_very_token_that_was_signed_for_a_door_opens_it() {
    let rig = Rig::start().await;
    let (live, wiki) = rig.sign_in("ilo", &[PILOTS]).await;
    // Mara is no pilot: her token says who she is, and opens nothing.
    let (_, hers) = rig.sign_in("mara", &[]).await;
    let org = rig.guard.org_token(&live, rig.now()).unwrap().jwt;
    let corpus = Corpus::of_lines(include_str!("../fuzz/token.txt"), &PIECES)
        .and(wiki.clone())
        .and(format!("\"{wiki}\""))
        .and(format!("x; CF_Authorization={wiki}"))
        .and(rig.payroll_token(&live))
        .and(hers)
        .and(org.clone())
        .runs(6_000);
    let admitted = std::cell::Cell::new(0);
    corpus.fuzz(|input| {
        let cookie = [b"a=b; CF_Authorization=", input].concat();
        for (place, value) in [(header::COOKIE, cookie.as_slice()), (HeaderName::from_static("cf-access-token"), input)] {
            let Some(headers) = headers(place, value) else { continue };
            let verdict = rig.ask_with("wiki.localhost", &http::Method::GET, &headers);
            if let Verdict::Admit(permit) = &verdict {
                admitted.set(admitted.get() + 1);
                assert!(names(input, &wiki), "admitted without the token");
                assert_eq!(permit.assertion().unwrap().as_bytes(), wiki.as_bytes(), "the origin is told another");
                assert_eq!(permit.subject().user_id(), Some(live.session.user_id));
            } else {
                assert!(["login", "several-cookies", "forbidden", "blocked"].contains(&outcome(&verdict)), "{}", outcome(&verdict));
            }
            assert!(!matches!(rig.ask_with("payroll.localhost", &http::Method::GET, &headers), Verdict::Admit(_)), "the payroll");
            if rig.guard.org_session(&headers, rig.now()).is_some() {
                assert!(names(input, &org), "somebody is signed in on the team domain without the token");
            }
        }
    });
    assert!(admitted.get() > 5, "{} admitted: hardly any of the corpus is good", admitted.get());
}

#[tokio::test]
async fn what_travels_with_a_sign_in_is_read_back_only_as_it_was_made() {
    let rig = Rig::start().await;
    let now = rig.now();
    let meta = rig.guard.sign_meta(&meta(now.secs())).unwrap();
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let org = rig.guard.org_token(&live, now).unwrap().jwt;
    Corpus::of_lines(include_str!("../fuzz/token.txt"), &PIECES).and(meta.clone()).and(meta.clone()).and(token).and(org).runs(6_000).fuzz(
        |input| {
            let Ok(text) = std::str::from_utf8(input) else { return };
            assert_eq!(rig.guard.read_meta(text, now).is_some(), text == meta);
            // These are sealed, not signed: nothing here was sealed by the door.
            assert!(rig.guard.open_state(text, now).is_none());
            assert!(rig.guard.look_at_ticket(text, now).is_none());
            assert!(rig.guard.open_chain(text, now).is_none());
        },
    );
}

fn meta(now: i64) -> Meta {
    Meta {
        kind: "meta".into(),
        aud: "a".repeat(64),
        hostname: "wiki.localhost".into(),
        redirect_url: "/".into(),
        app_session_hash: "b".repeat(64),
        real_country: None,
        service_token_status: false,
        is_warp: false,
        is_gateway: false,
        iat: now,
        nbf: now,
        exp: now + 60,
        auth_status: "NONE".into(),
        mtls_auth: Default::default(),
    }
}
