//! What ends a session, and what a change of policy does to a living one.

use guard::sign_in::{Admission, OpenError};
use model::{
    ScimId,
    access_policy::PolicyAction,
    provisioned::{Provisioned, ResourceKind},
    rule::Rule,
    session::{RevokeReason, SessionState},
};

use crate::rig::{PILOTS, Rig, policy};

#[tokio::test]
async fn a_revocation_is_felt_by_the_next_request_and_by_open_streams() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let (other, kept) = rig.sign_in("mara", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    let user = live.session.user_id;
    rig.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await.unwrap();
    assert!(live.ended.is_cancelled());
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
    assert!(!other.ended.is_cancelled());
    assert_eq!(rig.with_token("wiki.localhost", &kept), "admit");
    let (_, again) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &again), "admit");
    assert_eq!(rig.with_token("wiki.localhost", &token), "login", "the former token stays dead");
}

#[tokio::test]
async fn one_session_ends_without_the_others() {
    let rig = Rig::start().await;
    let (first, a) = rig.sign_in("ilo", &[PILOTS]).await;
    let (_, b) = rig.sign_in("ilo", &[PILOTS]).await;
    let nonce = first.session.nonce.clone();
    rig.store.write(move |tx| tx.revoke_session(&nonce, RevokeReason::Administrator)).await.unwrap();
    assert_eq!((rig.with_token("wiki.localhost", &a), rig.with_token("wiki.localhost", &b)), ("login", "admit"));
}

#[tokio::test]
async fn withdrawn_application_tokens_are_worthless_and_cut() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let cut = match rig.ask("wiki.localhost", &[("cf-access-token", &token)]) {
        guard::Verdict::Admit(permit) => permit.cut().clone(),
        other => panic!("{}", crate::rig::outcome(&other)),
    };
    let wiki = rig.wiki;
    rig.store
        .write(move |tx| {
            let mut app = tx.app(&wiki)?.unwrap();
            app.generation += 1;
            tx.put_app(&app)
        })
        .await
        .unwrap();
    assert!(cut.is_cut());
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
    assert_eq!(rig.with_token("wiki.localhost", &rig.wiki_token(&live)), "admit", "the session lives: a new token is silent");
}

#[tokio::test]
async fn a_policy_edit_counts_from_the_next_request_on_the_stored_identity() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Email { email: "tessa@harbourworks.example".parse().unwrap() }, rig.now())])
        .await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "blocked");
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Everyone {}, rig.now())]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.wiki_policies(Vec::new()).await;
    assert_ne!(rig.with_token("wiki.localhost", &token), "admit", "no policy lets nobody in");
}

#[tokio::test]
async fn tokens_and_sessions_end_by_time() {
    let rig = Rig::start().await;
    let (live, token) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.pass(3599);
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.pass(2);
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
    assert_eq!(rig.with_token("wiki.localhost", &rig.wiki_token(&live)), "admit");
    rig.pass(24 * 3600);
    assert!(rig.guard.session(&live.session.nonce, rig.now()).is_none());
    rig.guard.tend(rig.now()).await.unwrap();
    assert!(live.ended.is_cancelled(), "streams end with the session's time");
    assert!(rig.guard.live().is_empty());
}

#[tokio::test]
async fn keys_rotate_and_the_former_one_stays_good_for_a_week() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.guard.rotate_key(rig.now()).await.unwrap();
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    let certs = rig.guard.certs(rig.now());
    assert_eq!(certs["keys"].as_array().unwrap().len(), 2);
    assert_eq!(certs["public_cert"]["kid"], certs["keys"][0]["kid"]);
    let (_, new) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &new), "admit");
    rig.pass(8 * 86_400);
    rig.guard.tend(rig.now()).await.unwrap();
    assert_eq!(rig.guard.certs(rig.now())["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_person_inactive_in_provisioning_is_refused_and_a_link_by_mail_counts_for_nothing() {
    let rig = Rig::start().await;
    let (idp, now) = (rig.idp, rig.now());
    let resource = move |name: &str, external: &str, active: bool| Provisioned {
        id: ScimId::random(),
        idp,
        kind: ResourceKind::User,
        external_id: Some(external.into()),
        user_name: Some(name.into()),
        display_name: None,
        email: Some("ilo@harbourworks.example".into()),
        active,
        document: serde_json::json!({}),
        created_at: now,
        updated_at: now,
    };
    rig.store
        .write(move |tx| {
            let mut provider = tx.idp(&idp)?.unwrap();
            provider.scim.enabled = true;
            tx.put_idp(&provider)?;
            tx.put_provisioned(&resource("somebody-else@harbourworks.example", "other", false))?;
            tx.put_provisioned(&resource("MARA@harbourworks.example", "mara", false))
        })
        .await
        .unwrap();
    assert!(rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), now).await.is_ok());
    let refused = rig.guard.open_session(rig.identity("mara", &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), now).await;
    assert!(matches!(refused, Err(OpenError::Deactivated)));
    assert!(
        rig.store.read(|r| r.users_by_email(&"mara@harbourworks.example".parse().unwrap())).await.unwrap().is_empty(),
        "no ghost record is left"
    );
}

#[tokio::test]
async fn a_seat_is_taken_by_the_first_admitted_sign_in_only() {
    let rig = Rig::start().await;
    let live = rig.guard.open_session(rig.identity("bram", &[]), Admission::NotAdmitted, rig.guard.moment(), rig.now()).await.unwrap();
    assert_eq!(rig.store.read(|r| r.seats_used()).await.unwrap(), 0);
    rig.guard.take_seat(&live, rig.wiki).await.unwrap();
    rig.guard.take_seat(&live, rig.wiki).await.unwrap();
    assert_eq!(rig.store.read(|r| r.seats_used()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_token_even_when_nobody_revokes_anything() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let guard::Verdict::Admit(permit) = rig.ask("wiki.localhost", &[("cf-access-token", &token)]) else { panic!("admitted") };
    assert!(!permit.cut().is_cut());
    tokio::time::timeout(std::time::Duration::from_secs(3601), permit.cut().clone().wait()).await.unwrap();
    assert!(permit.cut().is_cut());
}

#[tokio::test]
async fn strangers_cannot_fill_the_log() {
    let rig = Rig::start().await;
    let app = rig.guard.app(&rig.wiki).unwrap();
    let at = guard::record::Circumstances {
        action: "request",
        host: "wiki.localhost",
        path: "/",
        ip: [192, 0, 2, 1].into(),
        rule_ip: None,
        country: None,
        service_token: None,
        certificate: guard::ClientCertificate::NotAsked.fact(),
        linked_app: None,
        now: rig.now(),
    };
    let decision = rig.guard.judge(&app, None, &at);
    for _ in 0..500 {
        rig.guard.record(&app, None, &decision, &at);
    }
    let identity = rig.identity("ilo", &[PILOTS]);
    let identity = std::sync::Arc::new(identity);
    let told = rig.guard.record(&app, Some((&identity).into()), &rig.guard.judge(&app, Some((&identity).into()), &at), &at);
    rig.store.flush_records().await.unwrap();
    let page = store::Page { page: 1, per_page: 1000 };
    let everything = store::DecisionFilter { admissions: true, ..Default::default() };
    let all = rig.store.read(move |r| r.list_decisions(&everything, page)).await.unwrap();
    assert_eq!(all.total, 31);
    assert!(rig.store.read(move |r| r.decision(&told)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_revocation_during_a_sign_in_counts_against_it() {
    let rig = Rig::start().await;
    let (live, _) = rig.sign_in("ilo", &[PILOTS]).await;
    let (before, user) = (rig.guard.moment(), live.session.user_id);
    rig.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await.unwrap();
    let opened = rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), before, rig.now()).await;
    assert!(matches!(opened, Err(OpenError::JustRevoked)));
    assert!(
        rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await.is_ok()
    );
}

#[tokio::test]
async fn no_session_opens_for_a_provider_that_is_gone_or_turned_elsewhere() {
    let rig = Rig::start().await;
    let mut elsewhere = rig.identity("ilo", &[PILOTS]);
    elsewhere.key.issuer = crate::rig::object(0xbb).to_string();
    let opened = rig.guard.open_session(elsewhere, Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await;
    assert!(matches!(opened, Err(OpenError::ProviderChanged)));
    let idp = rig.idp;
    rig.store.write(move |tx| tx.remove_idp(&idp)).await.unwrap();
    let opened = rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await;
    assert!(matches!(opened, Err(OpenError::ProviderChanged)));
}

#[tokio::test]
async fn a_revocation_in_the_transaction_of_the_sign_in_counts_against_it() {
    let rig = Rig::start().await;
    let (live, _) = rig.sign_in("ilo", &[PILOTS]).await;
    let (before, user) = (rig.guard.moment(), live.session.user_id);
    // While the writer is held up, the two gather behind it and are carried out together.
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let (_, _, opened, _) = tokio::join!(
        rig.store.write(move |_| held.recv().map_err(|_| store::StoreError::NotFound { noun: "word", id: String::new() })),
        rig.store.write(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)),
        rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), before, rig.now()),
        async { go_on.send(()) },
    );
    assert!(matches!(opened, Err(OpenError::JustRevoked)));
    assert!(
        rig.guard.open_session(rig.identity("ilo", &[PILOTS]), Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await.is_ok()
    );
}

#[tokio::test]
async fn a_sign_in_from_an_address_that_nobody_knows_is_not_judged_by_the_load_balancers() {
    let rig = Rig::start().await;
    rig.wiki_policies(vec![policy(PolicyAction::Allow, Rule::Ip { ip: "10.0.0.0/8".to_owned().try_into().unwrap() }, rig.now())]).await;
    let (app, identity) = (rig.guard.app(&rig.wiki).unwrap(), rig.identity("ilo", &[PILOTS]));
    let at = |rule_ip| guard::record::Circumstances {
        action: "login",
        host: "wiki.localhost",
        path: "/",
        ip: [10, 0, 0, 1].into(),
        rule_ip,
        country: None,
        service_token: None,
        certificate: guard::ClientCertificate::NotAsked.fact(),
        linked_app: None,
        now: rig.now(),
    };
    assert!(rig.guard.judge(&app, Some((&identity).into()), &at(Some([10, 0, 0, 1].into()))).outcome.is_open());
    assert!(!rig.guard.judge(&app, Some((&identity).into()), &at(None)).outcome.is_open());
}

#[tokio::test]
async fn rotations_at_once_leave_one_current_key() {
    let rig = Rig::start().await;
    let now = rig.now();
    let (a, b, c, d) =
        tokio::join!(rig.guard.rotate_key(now), rig.guard.rotate_key(now), rig.guard.rotate_key(now), rig.guard.rotate_key(now));
    assert!([a, b, c, d].iter().all(Result::is_ok));
    let keys = rig.store.snapshot().keys.clone();
    assert_eq!((keys.len(), keys.iter().filter(|k| k.public.retires_at.is_none()).count()), (5, 1));
}

#[tokio::test]
async fn a_person_has_so_many_sessions_and_no_more_the_oldest_goes_and_its_streams_are_cut() {
    let rig = Rig::start().await;
    let open = async |name: &str| {
        let (moment, now) = (rig.guard.moment(), rig.now());
        rig.guard.open_session(rig.identity(name, &[PILOTS]), Admission::Admitted(rig.wiki), moment, now).await.unwrap()
    };
    let tessa = open("tessa").await;
    let mut sessions = Vec::new();
    for _ in 0..203 {
        sessions.push(open("ilo").await);
    }
    let ended: Vec<bool> = sessions.iter().map(|live| live.ended.is_cancelled()).collect();
    assert!(ended[..3].iter().all(|ended| *ended) && ended[3..].iter().all(|ended| !ended));
    let oldest = sessions[0].session.nonce.clone();
    let (stored, _) = rig.store.read(move |r| r.session(&oldest)).await.unwrap().unwrap();
    assert!(matches!(stored.state, SessionState::Revoked { why: RevokeReason::TooMany, .. }), "{:?}", stored.state);
    assert!(!tessa.ended.is_cancelled(), "nobody else's");
}

#[tokio::test]
async fn a_first_admission_is_written_down_with_the_facts_that_decide_the_same_again() {
    let rig = Rig::start().await;
    let (live, _) = rig.sign_in("ilo", &[PILOTS]).await;
    let token = rig.wiki_token(&live);
    let visit = || rig.with_token("wiki.localhost", &token);
    let log = || async {
        rig.store.flush_records().await.unwrap();
        let place = store::DecisionPlace::before(model::Timestamp::from_secs(0));
        let until = rig.now().plus_secs(1);
        rig.store.read(move |r| r.decisions_after(&place, until, 100, &mut store::JudgedPeople::default())).await.unwrap()
    };
    let before = log().await.len();
    assert_eq!((visit(), visit(), visit()), ("admit", "admit", "admit"));
    let all = log().await;
    assert_eq!(all.len(), before + 1, "each session and application once");
    let written = all.last().unwrap();
    assert!(written.allowed && written.is_admission(), "{written:?}");
    let facts = written.facts.as_ref().unwrap();
    assert_eq!(facts.identity.as_deref(), Some(&model::identity::Identity { sid: None, ..(*live.identity).clone() }));
    let app = rig.guard.app(&rig.wiki).unwrap();
    let again = guard::trial::decide_again(&app, facts, written.at);
    assert_eq!((again.outcome.is_open(), again.outcome.policy()), (true, written.policy_id));
    // The session's next token: nothing new from the same place, and a first admission from elsewhere.
    assert_eq!(rig.with_token("wiki.localhost", &rig.older_wiki_token(&live)), "admit");
    assert_eq!(log().await.len(), before + 1);
    rig.pass(1);
    let elsewhere = [198, 51, 100, 9].into();
    assert_eq!(rig.with_token_from(elsewhere, &rig.wiki_token(&live)), "admit");
    let all = log().await;
    assert_eq!((all.len(), all.last().unwrap().facts.as_ref().unwrap().ip), (before + 2, Some(elsewhere)));
    // Another version of the rules, the same verdict: written down once more. Then refused: written by whoever shows the page, and after
    // that a first admission again.
    let (now, ilo) = (rig.now(), Rule::Email { email: live.identity.email.clone() });
    rig.wiki_policies(vec![policy(PolicyAction::Allow, ilo.clone(), now)]).await;
    assert_eq!((visit(), visit()), ("admit", "admit"));
    assert_eq!(log().await.len(), before + 3);
    let v4 = rig.store.read(|r| r.list_decisions(&store::DecisionFilter::default(), store::Page { page: 1, per_page: 9 })).await.unwrap();
    assert!(v4.items.iter().all(|decision| !decision.is_admission()), "no sign-in, so not in the list of sign-ins");
}

#[tokio::test]
async fn an_admission_that_cannot_be_written_down_is_refused_where_the_setting_wants_it() {
    use store::faults::Fault;
    for (unrecorded, meanwhile) in [(guard::Unrecorded::GoOn, "admit"), (guard::Unrecorded::Refuse, "unrecorded")] {
        let rig = Rig::start_with(unrecorded).await;
        let ((live, known), (_, fresh)) = (rig.sign_in("ilo", &[PILOTS]).await, rig.sign_in("mara", &[PILOTS]).await);
        assert_eq!(rig.with_token("wiki.localhost", &known), "admit");
        rig.store.faults().set(Fault::FullDisk);
        rig.store.write(|tx| tx.forget_old_grants()).await.unwrap_err();
        assert_eq!(rig.with_token("wiki.localhost", &known), "admit", "written down before: nothing is to be written");
        assert_eq!(rig.with_token("wiki.localhost", &fresh), meanwhile);
        assert_eq!(
            rig.with_token_from([198, 51, 100, 9].into(), &rig.older_wiki_token(&live)),
            meanwhile,
            "the next token, from elsewhere"
        );
        rig.store.faults().set(Fault::None);
        // Nobody writes: the store finds out by itself.
        tokio::time::timeout(std::time::Duration::from_secs(10), async {
            while rig.with_token("wiki.localhost", &fresh) != "admit" {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        rig.store.flush_records().await.unwrap();
        assert_eq!(rig.store.dropped_records(), 0, "what waited was written down when there was room again");
    }
}
