//! A second look at the whole state disturbs nothing that lives and ends everything that does not.

use std::net::Ipv4Addr;

use model::{
    Email, IdpId,
    identity::{AuthContexts, EmailTrust, GroupSource, Groups, SubjectKey},
    session::SessionState,
};

use super::*;

fn session(letter: char) -> (Arc<Session>, Arc<Identity>) {
    let (user_id, idp, t) = (UserId::random(), IdpId::random(), Timestamp::from_secs(1));
    let nonce: Nonce = letter.to_string().repeat(16).parse().unwrap();
    let email: Email = "ilo@harbourworks.example".parse().unwrap();
    let identity = Identity {
        user_id,
        idp,
        idp_kind: "azureAD".into(),
        key: SubjectKey { issuer: "t".into(), subject: letter.into() },
        email,
        email_trust: EmailTrust::TenantMember,
        name: "Ilo".into(),
        upn: None,
        groups: Groups::known(Vec::new(), GroupSource::Token, t),
        amr: Vec::new(),
        contexts: AuthContexts::default(),
        sid: None,
        claims: Default::default(),
        evaluations: vec![],
        country: None,
        ip: Ipv4Addr::LOCALHOST.into(),
        signed_in_at: t,
    };
    let (created_at, expires_at) = (t, Timestamp::from_secs(1000));
    let session =
        Session { nonce, user_id, idp, user_generation: 0, account_generation: 0, created_at, expires_at, state: SessionState::Live };
    (Arc::new(session), Arc::new(identity))
}

#[test]
fn taking_a_session_in_twice_keeps_the_streams_that_wait_on_it() {
    let live = Live::new();
    let (s, i) = session('a');
    live.put(&s, &i);
    let first = live.session(&s.nonce, Timestamp::from_secs(2)).unwrap();
    live.put(&s, &i);
    let second = live.session(&s.nonce, Timestamp::from_secs(2)).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let mut ended = Ended::of(&live);
    live.end(&s.nonce, &mut ended.tokens);
    drop(ended);
    assert!(first.ended.is_cancelled());
    assert!(!live.is_alive(&first, Timestamp::from_secs(2)));
}

#[test]
fn a_raised_generation_ends_the_sessions_below_it_only() {
    let live = Live::new();
    let ((a, ia), (b, ib)) = (session('a'), session('b'));
    live.put(&a, &ia);
    live.put(&b, &ib);
    let mut ended = Vec::new();
    live.raise_user(a.user_id, 1, &mut ended);
    assert!(live.session(&a.nonce, Timestamp::from_secs(2)).is_none());
    assert!(live.session(&b.nonce, Timestamp::from_secs(2)).is_some());
    live.raise_account(1, &mut ended);
    assert_eq!(ended.len(), 2);
    assert!(live.is_empty());
}

#[test]
fn streams_of_a_session_that_ended_are_cut_even_when_the_rest_of_the_change_panics() {
    let live = Live::new();
    let (s, i) = session('a');
    live.put(&s, &i);
    let (held, epoch) = (live.session(&s.nonce, Timestamp::from_secs(2)).unwrap(), live.epoch());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut ended = Ended::of(&live);
        live.end(&s.nonce, &mut ended.tokens);
        panic!("the new configuration cannot be taken in");
    }));
    assert!(panicked.is_err() && held.ended.is_cancelled() && live.epoch() > epoch);
}

#[test]
fn sessions_are_found_by_the_providers_session_id_while_they_live() {
    let live = Live::new();
    let t = Timestamp::from_secs(2);
    let with_sid = |letter: char, sid: &str| {
        let (session, identity) = session(letter);
        (session, Arc::new(Identity { sid: Some(sid.to_owned()), ..(*identity).clone() }))
    };
    let ((a, ia), (b, ib), (c, ic)) = (with_sid('a', "one"), with_sid('b', "one"), with_sid('c', "two"));
    for (session, identity) in [(&a, &ia), (&b, &ib), (&c, &ic)] {
        live.put(session, identity);
    }
    assert_eq!(live.sessions_by_sid("one", t).len(), 2);
    let mut ended = Ended::of(&live);
    live.end(&a.nonce, &mut ended.tokens);
    drop(ended);
    let left: Vec<Nonce> = live.sessions_by_sid("one", t).iter().map(|l| l.session.nonce.clone()).collect();
    assert_eq!(left, std::slice::from_ref(&b.nonce));
    assert!(live.sessions_by_sid("one", b.expires_at).is_empty(), "its time is over");
    live.forget_expired(b.expires_at);
    assert!(live.by_sid.lock().is_empty(), "nothing is left behind");
}
