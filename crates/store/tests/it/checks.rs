//! Checks of sessions between sign-ins: kept with the session, gone with it, and their refresh tokens only ever sealed.

use model::{
    IdpId, Nonce, Secret, Timestamp,
    liveness::{CheckOutcome, SessionCheck},
    session::RevokeReason,
};
use store::{Config, SealingKey, Store, StoreError};

use crate::{
    cast::{Hand, NOON, config, identity, idp, nonce, numbered, session, user},
    folder::Folder,
};

const INTERVAL: i64 = 300;

/// A store with three watched sessions: two of person 1, one of person 2.
async fn watched(config: Config) -> Store {
    let store = Store::open(config).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    store.write(|tx| tx.put_idp(&idp(1))).await.unwrap();
    for (number, person) in [(1, 1), (2, 1), (3, 2)] {
        let started = store.write(move |tx| {
            tx.put_user(&user(person))?;
            tx.start_session(&session(number, &user(person)), &identity(&user(person)))?;
            tx.watch_session(&nonce(number), &token(number), NOON.plus_secs(INTERVAL))
        });
        started.await.unwrap();
    }
    store
}

fn token(number: u64) -> Secret {
    Secret::new(format!("refresh-token-{number}"))
}

fn at(secs: i64) -> Timestamp {
    NOON.plus_secs(secs)
}

async fn due(store: &Store, now: Timestamp) -> Vec<(Nonce, Secret)> {
    let due = store.read(move |r| r.due_checks(&numbered(1), now, 100)).await.unwrap();
    due.into_iter().map(|d| (d.nonce, d.refresh_token)).collect()
}

async fn standing(store: &Store, number: u64) -> SessionCheck {
    let all = store.read(|r| Ok([r.checks_of(&user(1).id)?, r.checks_of(&user(2).id)?].concat())).await.unwrap();
    all.into_iter().find(|(n, _)| *n == nonce(number)).unwrap().1
}

#[tokio::test]
async fn what_is_due_comes_the_most_overdue_first_and_in_bounded_pieces() {
    let folder = Folder::new();
    let store = watched(config(folder.path(), &Hand::new())).await;
    store.write(|tx| tx.note_check(&nonce(3), CheckOutcome::Good, None, at(100))).await.unwrap();
    assert_eq!(due(&store, at(99)).await, []);
    assert_eq!(due(&store, at(100)).await, [(nonce(3), token(3))]);
    assert_eq!(due(&store, at(300)).await, [(nonce(3), token(3)), (nonce(1), token(1)), (nonce(2), token(2))]);
    let two = store.read(|r| r.due_checks(&numbered(1), at(300), 2)).await.unwrap();
    assert_eq!(two.len(), 2);
    let elsewhere = store.read(|r| r.due_checks(&numbered::<IdpId>(2), at(300), 2)).await.unwrap();
    assert!(elsewhere.is_empty());
}

#[tokio::test]
async fn a_good_check_renews_the_token_and_a_failed_one_keeps_count_of_the_time() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = watched(config(folder.path(), &hand)).await;
    hand.turn(300);
    store.write(|tx| tx.note_check(&nonce(1), CheckOutcome::Unreachable, None, at(315))).await.unwrap();
    hand.turn(15);
    store.write(|tx| tx.note_check(&nonce(1), CheckOutcome::GroupsUnknown, Some(&Secret::new("next")), at(345))).await.unwrap();
    let failing = standing(&store, 1).await;
    let expected = SessionCheck {
        next_check_at: at(345),
        checked_at: Some(at(315)),
        good_at: None,
        failing_since: Some(at(300)),
        failures: 2,
        outcome: Some(CheckOutcome::GroupsUnknown),
    };
    assert_eq!(failing, expected);
    assert!(due(&store, at(345)).await.contains(&(nonce(1), Secret::new("next"))));
    hand.turn(30);
    store.write(|tx| tx.note_check(&nonce(1), CheckOutcome::Good, None, at(645))).await.unwrap();
    let good = standing(&store, 1).await;
    assert_eq!((good.good_at, good.failing_since, good.failures), (Some(at(345)), None, 0));
    assert!(due(&store, at(645)).await.contains(&(nonce(1), Secret::new("next"))), "no new token: the old one stays");
}

#[tokio::test]
async fn when_the_provider_is_out_of_reach_the_grace_begins_for_those_who_are_due_and_once() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = watched(config(folder.path(), &hand)).await;
    store.write(|tx| tx.note_check(&nonce(3), CheckOutcome::Good, None, at(600))).await.unwrap();
    hand.turn(300);
    store.write(|tx| tx.note_unreachable(&numbered(1))).await.unwrap();
    hand.turn(60);
    store.write(|tx| tx.note_unreachable(&numbered(1))).await.unwrap();
    assert_eq!(standing(&store, 1).await.failing_since, Some(at(300)));
    assert_eq!(standing(&store, 3).await.failing_since, None, "not due yet");
    let silent = |since| store.read(move |r| r.silent_since(&numbered(1), since, 10));
    assert_eq!(silent(at(299)).await.unwrap(), []);
    assert_eq!(silent(at(300)).await.unwrap(), [(nonce(1), at(300)), (nonce(2), at(300))]);
}

#[tokio::test]
async fn checks_are_brought_forward_by_person_and_by_provider_but_never_put_off() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = watched(config(folder.path(), &hand)).await;
    hand.turn(10);
    store.write(|tx| tx.check_user_now(&user(1).id)).await.unwrap();
    assert_eq!(due(&store, at(10)).await.len(), 2);
    let moved = store.write(|tx| tx.check_no_later(&numbered(1), at(70))).await.unwrap();
    assert_eq!(moved, 1);
    assert_eq!(standing(&store, 1).await.next_check_at, at(10));
    assert_eq!(standing(&store, 3).await.next_check_at, at(70));
}

#[tokio::test]
async fn checks_go_with_the_session_however_it_ends() {
    let gone = async |end: fn(&mut store::Tx<'_>) -> Result<(), StoreError>, left: &[u64]| {
        let folder = Folder::new();
        let hand = Hand::new();
        let store = watched(config(folder.path(), &hand)).await;
        hand.turn(60);
        store.write(end).await.unwrap();
        let still: Vec<Nonce> = due(&store, at(300)).await.into_iter().map(|(nonce, _)| nonce).collect();
        assert_eq!(still, left.iter().map(|n| nonce(*n)).collect::<Vec<_>>());
        store.write(|tx| tx.note_check(&nonce(1), CheckOutcome::Good, Some(&token(9)), at(900))).await.unwrap();
        assert!(!due(&store, at(900)).await.contains(&(nonce(1), token(9))), "a late answer brings nothing back");
    };
    gone(|tx| tx.revoke_session(&nonce(1), RevokeReason::Administrator).map(drop), &[2, 3]).await;
    gone(|tx| tx.revoke_user(&user(1).id, RevokeReason::Logout).map(drop), &[3]).await;
    gone(|tx| tx.remove_user(&user(1).id), &[3]).await;
    gone(|tx| tx.remove_idp(&numbered(1)), &[]).await;
    gone(|tx| tx.forget_check(&nonce(1)), &[2, 3]).await;
    gone(
        |tx| {
            let account = tx.account()?;
            tx.put_account(&model::organization::Account { generation: account.generation + 1, ..account })
        },
        &[],
    )
    .await;
}

#[tokio::test]
async fn checks_of_expired_sessions_are_forgotten_with_them() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = watched(config(folder.path(), &hand)).await;
    hand.turn(3600);
    assert_eq!(store.write(|tx| tx.forget_expired_sessions()).await.unwrap(), 3);
    assert_eq!(due(&store, at(99_999)).await, []);
}

#[tokio::test]
async fn only_a_session_that_is_there_is_watched() {
    let folder = Folder::new();
    let store = watched(config(folder.path(), &Hand::new())).await;
    let answer = store.write(|tx| tx.watch_session(&nonce(7), &token(7), NOON)).await;
    assert!(matches!(answer, Err(StoreError::NotFound { noun: "session", .. })), "{answer:?}");
}

#[tokio::test]
async fn refresh_tokens_are_sealed_and_survive_a_change_of_the_sealing_key() {
    let folder = Folder::new();
    let hand = Hand::new();
    watched(config(folder.path(), &hand)).await.close().await;
    let with = |key| Config { sealing_key: key, ..config(folder.path(), &hand) };
    let rotated = Store::open(with(SealingKey::from_bytes([9; 32]).with_previous([42; 32]))).await.unwrap();
    assert_eq!(due(&rotated, at(300)).await.len(), 3);
    rotated.close().await;
    let new = Store::open(with(SealingKey::from_bytes([9; 32]))).await.unwrap();
    assert_eq!(due(&new, at(300)).await[0], (nonce(1), token(1)));
    new.close().await;
    for file in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(14).any(|part| part == b"refresh-token-"), "nothing readable is on disk");
    }
}
