//! A follower's state equals the tables, whoever writes in whatever order.

use std::sync::Arc;

use model::{Secret, change::Change, organization::Account, session::RevokeReason, session::SessionState};
use proptest::prelude::*;
use store::{Store, StoreError, Tx};

use crate::{
    cast::{
        Hand, NOON, access_group, api_token, app, config, harbour_works, identity, idp, nonce, policy, service_token, session, signing_key,
        upstream, user,
    },
    folder::Folder,
    mirror::Mirror,
};

/// One thing a writer does; numbers are taken from small ranges, so that writers meet.
#[derive(Debug, Clone)]
enum Act {
    PutUser(u64),
    RemoveUser(u64),
    RevokeUser(u64),
    StartSession(u64, u64),
    RevokeSession(u64),
    PutApp(u64),
    RemoveApp(u64),
    PutPolicy(u64, u64),
    RemovePolicy(u64),
    PutGroup(u64),
    PutIdp(u64),
    RemoveIdp,
    PutTokens(u8),
    PutKey(u8, bool),
    RemoveKey(u8),
    RevokeAccount,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..5u64).prop_map(Act::PutUser),
        1 => (0..5u64).prop_map(Act::RemoveUser),
        2 => (0..5u64).prop_map(Act::RevokeUser),
        6 => (0..40u64, 0..5u64).prop_map(|(s, u)| Act::StartSession(s, u)),
        2 => (0..40u64).prop_map(Act::RevokeSession),
        2 => (0..4u64).prop_map(Act::PutApp),
        1 => (0..4u64).prop_map(Act::RemoveApp),
        2 => (0..6u64, 0..4u64).prop_map(|(p, a)| Act::PutPolicy(p, a)),
        1 => (0..6u64).prop_map(Act::RemovePolicy),
        1 => (0..3u64).prop_map(Act::PutGroup),
        2 => (0..3u64).prop_map(Act::PutIdp),
        1 => Just(Act::RemoveIdp),
        1 => (0..3u8).prop_map(Act::PutTokens),
        1 => (0..3u8, any::<bool>()).prop_map(|(k, r)| Act::PutKey(k, r)),
        1 => (0..3u8).prop_map(Act::RemoveKey),
        1 => Just(Act::RevokeAccount),
    ]
}

fn perform(tx: &mut Tx<'_>, act: &Act) -> Result<(), StoreError> {
    match *act {
        Act::PutUser(n) => tx.put_user(&user(n)),
        Act::RemoveUser(n) => tx.remove_user(&user(n).id),
        Act::RevokeUser(n) => tx.revoke_user(&user(n).id, RevokeReason::Administrator).map(drop),
        Act::StartSession(s, u) => {
            let person = tx.user(&user(u).id)?.unwrap_or_else(|| user(u));
            let account_generation = tx.account()?.generation;
            let session = model::session::Session { account_generation, ..session(s, &person) };
            tx.start_session(&session, &identity(&person))
        }
        Act::RevokeSession(s) => tx.revoke_session(&nonce(s), RevokeReason::Logout).map(drop),
        Act::PutApp(n) => {
            tx.put_app(&app(n))?;
            tx.put_upstream(&app(n).id, &upstream(8080))
        }
        Act::RemoveApp(n) => tx.remove_app(&app(n).id),
        Act::PutPolicy(p, a) => tx.put_policy(&policy(p, (a > 0).then(|| app(a).id))),
        Act::RemovePolicy(p) => tx.remove_policy(&policy(p, None).id),
        Act::PutGroup(n) => tx.put_access_group(&access_group(n)),
        Act::PutIdp(n) => {
            tx.put_idp(&idp(n))?;
            tx.set_idp_client_secret(&idp(n).id, &Secret::new(format!("secret {n}")))
        }
        Act::RemoveIdp => tx.remove_idp(&idp(1).id),
        Act::PutTokens(n) => {
            tx.put_service_token(&service_token(u64::from(n)))?;
            tx.put_api_token(&api_token(n))
        }
        Act::PutKey(n, retired) => tx.put_key(&signing_key(n, retired.then(|| NOON.plus_secs(3600))), &Secret::new("private")),
        Act::RemoveKey(n) => tx.remove_key(&signing_key(n, None).id),
        Act::RevokeAccount => {
            let account = tx.account()?;
            tx.put_account(&Account { generation: account.generation + 1, ..account })
        }
    }
}

async fn work(store: Store, acts: Vec<(Act, u8)>) {
    for (act, fate) in acts {
        let mutation = move |tx: &mut Tx<'_>| {
            perform(tx, &act)?;
            // Some change their mind after the fact; nothing of those may be seen.
            if fate == 0 { Err(StoreError::Refused("changed my mind".to_owned())) } else { Ok(()) }
        };
        let result = if fate == 1 { store.write_first(mutation).await } else { store.write(mutation).await };
        if let Err(error) = result {
            assert!(!error.is_outage(), "{error:?}");
        }
    }
}

async fn changes(store: &Store) -> Vec<Change> {
    store.read(|r| r.changes_after(0, 100_000)).await.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_follower_equals_the_tables_under_interleaved_writers(
        writers in prop::collection::vec(prop::collection::vec((act(), 0..8u8), 0..30), 4),
    ) {
        runtime().block_on(async {
            let folder = Folder::new();
            let store = harbour_works(folder.path()).await;
            let early = Mirror::of(&store).await;
            let started: Vec<_> = writers.into_iter().map(|acts| tokio::spawn(work(store.clone(), acts))).collect();
            let midway = Mirror::of(&store).await;
            for task in started {
                task.await.unwrap();
            }
            let late = Mirror::of(&store).await;
            assert_eq!(early.state(), late.state());
            assert_eq!(midway.state(), late.state());
            assert_eq!(early.known().snapshot.unwrap(), store.snapshot());

            let rows = changes(&store).await;
            assert!(rows.iter().map(|c| c.seq).eq(1..=early.known().seq), "numbered without gaps");
            assert_eq!(store.read(|r| r.head()).await.unwrap(), early.known().seq);
            assert_eq!((early.known().loads, late.known().loads), (1, 1), "nobody had to be loaded anew");

            let before = store.snapshot();
            store.close().await;
            drop(store);
            let again = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
            assert_eq!(Mirror::of(&again).await.state(), late.state(), "the same after a restart");
            assert_eq!(again.snapshot(), before);
        });
    }
}

#[tokio::test]
async fn changes_have_distinct_tags_and_survive_in_order() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in 0..20 {
        store.write(move |tx| tx.put_user(&user(n))).await.unwrap();
    }
    let rows = changes(&store).await;
    let mut tags: Vec<u64> = rows.iter().map(|c| c.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), rows.len());
    assert!(tags.iter().all(|tag| *tag < 1 << 63), "63 bits");
    assert_eq!(store.read(|r| r.changes_after(20, 1)).await.unwrap().iter().map(|c| c.seq).collect::<Vec<_>>(), [21]);
}

#[tokio::test]
async fn a_write_is_answered_after_every_follower_took_it_in() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let mirror = Mirror::of(&store).await;
    for n in 0..10 {
        store
            .write(move |tx| {
                tx.put_user(&user(n))?;
                tx.start_session(&session(n, &user(n)), &identity(&user(n)))
            })
            .await
            .unwrap();
        assert!(mirror.known().sessions.contains_key(&nonce(n)), "known before the answer");
    }
    store.write_first(|tx| tx.revoke_user(&user(3).id, RevokeReason::Deprovisioned)).await.unwrap();
    let known = mirror.known();
    assert!(!known.sessions.contains_key(&nonce(3)));
    assert_eq!((known.sessions.len(), known.users[&user(3).id].generation), (9, 2));
}

#[tokio::test]
async fn the_version_of_the_configuration_moves_with_configuration_only() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let before = store.snapshot();
    store.write(|tx| tx.put_user(&user(1))).await.unwrap();
    assert!(Arc::ptr_eq(&before, &store.snapshot()), "people are no configuration");
    store.write(|tx| tx.put_app(&app(1))).await.unwrap();
    let after = store.snapshot();
    assert_eq!(after.version, store.read(|r| r.head()).await.unwrap());
    assert!(after.version > before.version && before.apps.is_empty(), "who holds the old one keeps it");
    assert!(matches!(session(1, &user(1)).state, SessionState::Live));
}
