//! Random interleavings of sign-ins, requests, revocations, withdrawals and policy edits: a cached token is never better
//! than a fresh look at what was done.

use std::collections::HashMap;

use model::{access_policy::PolicyAction, rule::Rule, session::RevokeReason};
use proptest::prelude::*;

use crate::rig::{PILOTS, Rig, policy};

#[derive(Debug, Clone)]
enum Step {
    SignIn(u8),
    Ask(u8),
    RevokePerson(u8),
    RevokeSession(u8),
    WithdrawTokens,
    Policy(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3u8).prop_map(Step::SignIn),
        6 => any::<u8>().prop_map(Step::Ask),
        1 => (0..3u8).prop_map(Step::RevokePerson),
        1 => any::<u8>().prop_map(Step::RevokeSession),
        1 => Just(Step::WithdrawTokens),
        1 => any::<bool>().prop_map(Step::Policy),
    ]
}

struct Held {
    person: u8,
    token: String,
    nonce: model::Nonce,
    good: bool,
}

async fn run(steps: Vec<Step>) {
    let rig = Rig::start().await;
    let mut held: Vec<Held> = Vec::new();
    let mut users = HashMap::new();
    let mut open = true;
    for step in steps {
        match step {
            Step::SignIn(person) => {
                let (live, token) = rig.sign_in(["mara", "ilo", "tessa"][usize::from(person)], &[PILOTS]).await;
                users.insert(person, live.session.user_id);
                held.push(Held { person, token, nonce: live.session.nonce.clone(), good: true });
            }
            Step::RevokePerson(person) => {
                if let Some(user) = users.get(&person).copied() {
                    rig.store.write_first(move |tx| tx.revoke_user(&user, RevokeReason::Administrator)).await.unwrap();
                    held.iter_mut().filter(|h| h.person == person).for_each(|h| h.good = false);
                }
            }
            Step::RevokeSession(which) if !held.is_empty() => {
                let index = usize::from(which) % held.len();
                let nonce = held[index].nonce.clone();
                rig.store.write(move |tx| tx.revoke_session(&nonce, RevokeReason::Logout)).await.unwrap();
                held[index].good = false;
            }
            Step::WithdrawTokens => {
                let wiki = rig.wiki;
                rig.store
                    .write(move |tx| {
                        let mut app = tx.app(&wiki)?.unwrap();
                        app.generation += 1;
                        tx.put_app(&app)
                    })
                    .await
                    .unwrap();
                held.iter_mut().for_each(|h| h.good = false);
            }
            Step::Policy(allow) => {
                let action = if allow { PolicyAction::Allow } else { PolicyAction::Deny };
                rig.wiki_policies(vec![policy(action, Rule::Everyone {}, rig.now())]).await;
                open = allow;
            }
            Step::Ask(which) if !held.is_empty() => {
                let h = &held[usize::from(which) % held.len()];
                let expected = h.good && open;
                assert_eq!(rig.with_token("wiki.localhost", &h.token) == "admit", expected);
            }
            Step::Ask(_) | Step::RevokeSession(_) => {}
        }
    }
    for h in &held {
        assert_eq!(rig.with_token("wiki.localhost", &h.token) == "admit", h.good && open);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_cached_token_is_worthless_the_moment_something_took_it_away(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
