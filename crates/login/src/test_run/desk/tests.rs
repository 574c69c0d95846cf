//! Whose a test is, how long it lives, and which sign-in counts.

use model::idp::{Liveness, OidcSettings};

use super::*;

fn id(n: u8) -> LoginTestId {
    LoginTestId::from_bytes([n; 16])
}
fn order(idp: IdpId) -> TestOrder {
    TestOrder { idp, provider: "Harbour Works Entra".into(), by: "api-token:a".into(), by_name: "ci".into() }
}
fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_790_000_000 + secs)
}
fn attempt(name: &str, now: Timestamp) -> Attempt {
    let config = IdpConfig::Oidc(OidcSettings {
        client_id: "doorward".into(),
        auth_url: "https://login.example/a".into(),
        token_url: "https://login.example/t".into(),
        certs_url: "https://login.example/k".into(),
        scopes: Vec::new(),
        claims: Vec::new(),
        email_claim_name: None,
        prompt: None,
        pkce_enabled: true,
        issuer: None,
        authoritative_domains: Vec::new(),
        liveness: Liveness::default(),
    });
    Attempt { id: name.into(), since: now, sent: vec![("GET".into(), "https://login.example/a".into())], config }
}

#[test]
fn the_first_browser_has_the_test_and_another_does_not() {
    let (desk, idp) = (TestDesk::default(), IdpId::random());
    desk.begin(id(1), order(idp), at(0));
    assert!(desk.look(&id(1), "mine", at(0)).is_none(), "nobody opened it yet");
    assert_eq!(desk.bind(&id(1), "mine", at(1)), Ok(()));
    assert_eq!(desk.bind(&id(1), "mine", at(2)), Ok(()));
    assert_eq!(desk.bind(&id(1), "theirs", at(3)), Err(NotBound::Used));
    assert!(desk.look(&id(1), "theirs", at(3)).is_none());
    assert!(desk.look(&id(1), "mine", at(3)).is_some());
    assert_eq!(desk.bind(&id(2), "mine", at(3)), Err(NotBound::Gone));
}

#[test]
fn only_whoever_ordered_it_is_told_and_an_hour_ends_it() {
    let (desk, idp) = (TestDesk::default(), IdpId::random());
    desk.begin(id(1), order(idp), at(0));
    assert_eq!(desk.report(&id(1), &idp, "api-token:a", at(9)).unwrap().state, TrialState::Waiting);
    assert!(desk.report(&id(1), &idp, "api-token:b", at(9)).is_none());
    assert!(desk.report(&id(1), &IdpId::random(), "api-token:a", at(9)).is_none());
    assert!(desk.report(&id(1), &idp, "api-token:a", at(3599)).is_some());
    assert!(desk.report(&id(1), &idp, "api-token:a", at(3600)).is_none());
}

#[test]
fn the_latest_sign_in_counts_and_its_marks_change() {
    let (desk, idp) = (TestDesk::default(), IdpId::random());
    desk.begin(id(1), order(idp), at(0));
    desk.bind(&id(1), "b", at(0)).unwrap();
    let mark = |now| desk.look(&id(1), "b", now).unwrap().mark(now);
    assert_eq!(mark(at(0)), "ready-0");
    assert!(desk.sent(&id(1), attempt("one", at(1)), at(1)));
    assert!(desk.sent(&id(1), attempt("two", at(2)), at(2)));
    assert_eq!((mark(at(61)), mark(at(62))), ("waiting-2".into(), "late-2".into()));
    assert!(desk.awaited(&id(1), "one", at(3)).is_none(), "superseded");
    let passed = TrialReport { state: TrialState::Passed, ..blank(at(0), Vec::new()) };
    desk.finish(&id(1), "one", passed.clone(), at(3));
    assert_eq!(mark(at(3)), "waiting-2");
    desk.finish(&id(1), "two", passed, at(4));
    assert_eq!(mark(at(99)), "passed-2");
    assert!(desk.awaited(&id(1), "two", at(5)).is_none(), "came back once");
    desk.again(&id(1), at(6));
    assert_eq!(mark(at(6)), "ready-2");
}

#[test]
fn tests_and_their_sign_ins_are_bounded() {
    let (desk, idp) = (TestDesk::default(), IdpId::random());
    for n in 0..=u8::try_from(MOST).unwrap() {
        desk.begin(id(n), order(idp), at(i64::from(n)));
    }
    assert!(desk.report(&id(0), &idp, "api-token:a", at(99)).is_none(), "the oldest went");
    assert!(desk.report(&id(1), &idp, "api-token:a", at(99)).is_some());
    assert_eq!(desk.living(at(99)).len(), MOST);
    for _ in 0..MOST_ATTEMPTS {
        assert!(desk.sent(&id(1), attempt("x", at(99)), at(99)));
    }
    assert!(!desk.sent(&id(1), attempt("x", at(99)), at(99)));
}
