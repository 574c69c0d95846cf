//! Authentication contexts at the door: a living session that lacks one is sent to sign in, and no grant outlives its session's length.

use guard::{Outcome, StepUp, record::Circumstances, sign_in::Admission};
use model::{
    Timestamp,
    access_policy::{AccessPolicy, PolicyAction},
    identity::{AuthContexts, HeldContext, Identity},
    rule::Rule,
};

use crate::rig::{PILOTS, Rig, outcome, policy};

fn held(at: Timestamp) -> AuthContexts {
    let id = "c1".parse().unwrap();
    AuthContexts { held: vec![HeldContext { id, at }], asked: vec![id] }
}
fn context(rig: &Rig) -> Rule {
    Rule::AuthContext { id: "c1".into(), ac_id: "c1".into(), identity_provider_id: rig.idp }
}
/// Everyone, with the context.
fn strict(rig: &Rig) -> AccessPolicy {
    let mut policy = policy(PolicyAction::Allow, Rule::Everyone {}, rig.now());
    policy.rules.require = vec![context(rig)];
    policy
}

#[tokio::test]
async fn a_session_without_the_context_is_sent_to_sign_in_also_when_it_was_let_in_before() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    rig.wiki_policies(vec![strict(&rig)]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "login", "an earlier verdict was remembered");
    assert_eq!(rig.with_token("wiki.localhost", &token), "login");
    let cookie = format!("CF_Authorization={token}");
    let script = rig.ask("wiki.localhost", &[("cookie", &cookie), ("x-requested-with", "XMLHttpRequest")]);
    assert_eq!(outcome(&script), "401");
    let identity = Identity { contexts: held(rig.now()), ..rig.identity("ilo", &[PILOTS]) };
    let live = rig.guard.open_session(identity, Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await.unwrap();
    let stepped_up = rig.wiki_token(&live);
    assert_eq!(rig.with_token("wiki.localhost", &stepped_up), "admit");
    assert_eq!(rig.with_token("wiki.localhost", &token), "login", "the former session holds nothing");
}

#[tokio::test]
async fn a_block_is_not_stepped_around() {
    let rig = Rig::start().await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    let block = policy(PolicyAction::Deny, Rule::Email { email: "ilo@harbourworks.example".parse().unwrap() }, rig.now());
    rig.wiki_policies(vec![block, strict(&rig)]).await;
    assert_eq!(rig.with_token("wiki.localhost", &token), "blocked");
}

#[tokio::test]
async fn the_decision_names_what_to_ask_for_and_so_does_a_first_sign_in() {
    let rig = Rig::start().await;
    rig.wiki_policies(vec![strict(&rig)]).await;
    let app = rig.guard.app(&rig.wiki).unwrap();
    let ip = [127, 0, 0, 1].into();
    let at = Circumstances {
        action: "login",
        host: "wiki.localhost",
        path: "/",
        ip,
        rule_ip: Some(ip),
        country: None,
        service_token: None,
        certificate: guard::ClientCertificate::NotAsked.fact(),
        linked_app: None,
        now: rig.now(),
    };
    let decision = rig.guard.judge(&app, Some((&rig.identity("ilo", &[])).into()), &at);
    let Outcome::StepUp(StepUp { idp, contexts, .. }) = decision.outcome else { panic!("{:?}", decision.outcome) };
    assert_eq!((idp, contexts), (rig.idp, rig.guard.contexts_to_ask(&app, &rig.idp, &at)));
    assert_eq!(contexts.iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["c1"]);
}

#[tokio::test]
async fn a_grant_that_was_carried_over_lasts_no_longer_than_it_would_have() {
    let rig = Rig::start().await;
    let open = async |granted: Timestamp| {
        let identity = Identity { contexts: held(granted), ..rig.identity("ilo", &[PILOTS]) };
        rig.guard.open_session(identity, Admission::Admitted(rig.wiki), rig.guard.moment(), rig.now()).await.unwrap().session.expires_at
    };
    let fresh = open(rig.now()).await;
    assert_eq!(fresh, rig.now().plus_secs(24 * 3600));
    assert_eq!(open(rig.now().plus_secs(-3600)).await, fresh.plus_secs(-3600));
}
