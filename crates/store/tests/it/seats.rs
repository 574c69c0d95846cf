//! Seats are counted where they change, found by their id and by how long their holders stayed away.

use model::{AppId, Timestamp, finding::Severity, organization::Organization, seats::SeatEvent, user::User, warning::Subject};
use store::{Page, SessionApp, Store, UserFilter};

use crate::{
    cast::{Hand, NOON, config, harbour_works, identity, nonce, numbered, session, user},
    folder::Folder,
    older::rewritten,
};

async fn put(store: &Store, person: User) {
    store.write(move |tx| tx.put_user(&person)).await.unwrap();
}

async fn seated(store: &Store, number: u64) {
    put(store, User { access_seat: true, ..user(number) }).await;
}

async fn used(store: &Store) -> u64 {
    store.read(|r| r.seats_used()).await.unwrap()
}

async fn limit(store: &Store, limit: Option<u32>) {
    store.write(move |tx| tx.put_organization(&Organization { seat_limit: limit, ..tx.organization()? })).await.unwrap();
}

async fn told(store: &Store) -> Option<(Severity, String)> {
    let warnings = store.read(|r| r.warnings()).await.unwrap();
    assert!(warnings.iter().all(|w| w.subject == Subject::Organization && w.finding.code == "seats") && warnings.len() <= 1);
    warnings.into_iter().next().map(|w| (w.finding.severity, w.finding.text))
}

#[tokio::test]
async fn the_count_follows_every_way_of_taking_and_freeing_and_outlives_a_restart() {
    let (folder, hand) = (Folder::new(), Hand::new());
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    assert_eq!(used(&store).await, 0);
    for n in 1..=3 {
        seated(&store, n).await;
        seated(&store, n).await;
    }
    put(&store, user(4)).await;
    assert_eq!(used(&store).await, 3);
    put(&store, user(1)).await;
    assert_eq!(used(&store).await, 2);
    store.write(|tx| tx.remove_user(&user(1).id)).await.unwrap();
    assert_eq!(used(&store).await, 2, "held none any more");
    store.write(|tx| tx.remove_user(&user(2).id)).await.unwrap();
    store.write(|tx| tx.revoke_user(&user(3).id, model::session::RevokeReason::Administrator)).await.unwrap();
    assert_eq!(used(&store).await, 1, "a revocation frees nothing");
    let refused: Result<(), _> = store
        .write(|tx| {
            tx.put_user(&User { access_seat: true, ..user(5) })?;
            Err(store::StoreError::Refused("no".to_owned()))
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(used(&store).await, 1, "what was rolled back is not counted");
    store.close().await;
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    assert_eq!(used(&store).await, 1);
    let holders = UserFilter { seat: Some(true), ..UserFilter::default() };
    let listed = store.read(move |r| r.list_users(&holders, Page { page: 1, per_page: 10 })).await.unwrap();
    assert_eq!(listed.items.iter().map(|u| u.id).collect::<Vec<_>>(), [user(3).id]);
    let others = UserFilter { seat: Some(false), search: Some("4".to_owned()), ..UserFilter::default() };
    assert_eq!(store.read(move |r| r.list_users(&others, Page { page: 1, per_page: 10 })).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_seat_is_found_by_its_id_held_or_not() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    seated(&store, 2).await;
    store
        .read(|r| {
            assert_eq!(r.user_by_seat(&user(1).seat_id)?, Some(user(1)));
            assert_eq!(r.user_by_seat(&user(2).seat_id)?.map(|u| u.access_seat), Some(true));
            assert_eq!(r.user_by_seat(&user(3).seat_id)?, None);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn who_stayed_away_longest_comes_first_and_who_holds_no_seat_is_not_asked_for() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in 1..=3 {
        seated(&store, n).await;
    }
    put(&store, user(4)).await;
    assert_eq!(store.read(|r| r.last_seen(&user(4).id)).await.unwrap(), None, "never seen");
    let after = |secs: i64| NOON.plus_secs(secs);
    store
        .write(move |tx| {
            tx.start_session(&session(4, &user(4)), &identity(&user(4)))?;
            tx.note_seen(&user(1).id, after(300))?;
            tx.note_seen(&user(2).id, after(200))?;
            tx.note_seen(&user(2).id, after(100))
        })
        .await
        .unwrap();
    let idle = |before: Timestamp, most: u64| {
        let store = store.clone();
        async move {
            let found = store.read(move |r| r.idle_holders(before, most)).await.unwrap();
            found.into_iter().map(|(user, seen)| (user.name, seen.secs_since(NOON))).collect::<Vec<_>>()
        }
    };
    let named = |list: &[(u64, i64)]| list.iter().map(|(n, secs)| (format!("Person {n}"), *secs)).collect::<Vec<_>>();
    assert_eq!(idle(after(301), 9).await, named(&[(3, 0), (2, 200), (1, 300)]));
    assert_eq!(idle(after(301), 2).await, named(&[(3, 0), (2, 200)]));
    assert_eq!(idle(after(200), 9).await, named(&[(3, 0)]), "seen at that very moment is not before it");
    assert_eq!(store.read(|r| r.last_seen(&user(4).id)).await.unwrap(), Some(NOON), "a sign-in is a sight");
}

#[tokio::test]
async fn applications_of_a_session_are_noted_once_and_go_with_it() {
    let (folder, hand) = (Folder::new(), Hand::new());
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    put(&store, user(1)).await;
    let (wiki, payroll): (AppId, AppId) = (numbered(7), numbered(8));
    store.write(|tx| tx.start_session(&session(1, &user(1)), &identity(&user(1)))).await.unwrap();
    store.write(move |tx| tx.note_session_app(&nonce(1), &wiki)).await.unwrap();
    hand.turn(60);
    store
        .write(move |tx| {
            tx.note_session_app(&nonce(1), &wiki)?;
            tx.note_session_app(&nonce(1), &payroll)
        })
        .await
        .unwrap();
    let noted = |app, secs| SessionApp { nonce: nonce(1), app, at: NOON.plus_secs(secs) };
    let listed = store.read(|r| r.apps_of_sessions(&user(1).id)).await.unwrap();
    assert_eq!(listed, [noted(wiki, 0), noted(payroll, 60)]);
    assert!(store.read(move |r| r.session_has_app(&nonce(1), &wiki)).await.unwrap());
    assert!(!store.read(move |r| r.session_has_app(&nonce(2), &wiki)).await.unwrap());
    assert!(store.write(move |tx| tx.note_session_app(&nonce(9), &wiki)).await.is_err(), "no such session");
    hand.turn(3600);
    assert_eq!(store.write(|tx| tx.forget_expired_sessions()).await.unwrap(), 1);
    assert_eq!(store.read(|r| r.apps_of_sessions(&user(1).id)).await.unwrap(), []);
}

#[tokio::test]
async fn administrators_are_told_as_seats_run_out_and_no_more_when_there_is_room() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in 1..=8 {
        seated(&store, n).await;
    }
    assert_eq!(told(&store).await, None, "no limit");
    limit(&store, Some(10)).await;
    assert_eq!(told(&store).await, None);
    seated(&store, 9).await;
    assert_eq!(told(&store).await.unwrap(), (Severity::Warning, "9 of 10 seats are in use".to_owned()));
    limit(&store, Some(9)).await;
    assert_eq!(told(&store).await.unwrap().0, Severity::Warning);
    store.write(|tx| tx.look_at_seats(SeatEvent::Refused)).await.unwrap();
    assert_eq!(told(&store).await.unwrap().0, Severity::Fault);
    store.write(|tx| tx.put_user(&user(9))).await.unwrap();
    assert_eq!(told(&store).await, None, "8 of 9 is below nine tenths");
    limit(&store, Some(3)).await;
    assert_eq!(told(&store).await.unwrap(), (Severity::Warning, "8 of 3 seats are in use".to_owned()));
    limit(&store, None).await;
    assert_eq!(told(&store).await, None);
}

#[tokio::test]
async fn seats_of_a_database_of_an_earlier_release_are_counted_and_found() {
    let (folder, hand) = (Folder::new(), Hand::new());
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    let login = NOON.plus_secs(-500);
    put(&store, User { access_seat: true, last_successful_login: Some(login), ..user(1) }).await;
    seated(&store, 2).await;
    put(&store, user(3)).await;
    store.close().await;
    drop(rewritten(folder.path(), 4));
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    assert_eq!(used(&store).await, 2);
    store
        .read(move |r| {
            assert_eq!(r.user_by_seat(&user(3).seat_id)?.map(|u| u.id), Some(user(3).id));
            assert_eq!((r.last_seen(&user(1).id)?, r.last_seen(&user(2).id)?), (Some(login), Some(user(2).created_at)));
            assert_eq!(r.last_seen(&user(3).id)?, None);
            Ok(())
        })
        .await
        .unwrap();
}
