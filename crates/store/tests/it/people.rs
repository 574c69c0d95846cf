//! People and their sessions.

use model::{
    AppId, GrantId, PolicyId, Timestamp, UserId,
    access_grant::Grant,
    access_request::{AccessRequest, RequestState},
    session::{RevokeReason, Session, SessionState},
    user::User,
};
use store::{Page, Store, StoreError, UserFilter};

use crate::{
    cast::{Hand, NOON, TENANT, config, email, harbour_works, identity, key, nonce, session, user},
    folder::Folder,
};

async fn put(store: &Store, person: User) {
    store.write(move |tx| tx.put_user(&person)).await.unwrap();
}

#[tokio::test]
async fn people_are_found_whatever_the_case() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    put(&store, User { email: email(1), ..user(2) }).await;
    put(&store, User { key: None, upn: None, ..user(3) }).await;
    store
        .read(|r| {
            assert_eq!(r.user(&user(1).id)?, Some(user(1)));
            assert_eq!(r.user_by_key(&key(1))?, Some(user(1)));
            assert_eq!(r.user_by_key(&key(3))?, None);
            let ids = |found: Vec<User>| found.into_iter().map(|u| u.id).collect::<Vec<UserId>>();
            assert_eq!(ids(r.users_by_email(&"PERSON1@harbourworks.EXAMPLE".parse().unwrap())?), [user(1).id, user(2).id]);
            assert_eq!(ids(r.users_by_upn(TENANT, "PERSON2@HARBOURWORKS.example")?), [user(2).id]);
            assert_eq!(ids(r.users_by_upn("another tenant", "person2@harbourworks.example")?), []);
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn lists_are_filtered_and_paged_in_order_of_creation() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in (0..12).rev() {
        put(&store, user(n)).await;
    }
    let list = |filter: UserFilter, page: u32, per_page: u32| {
        let store = store.clone();
        async move {
            let listed = store.read(move |r| r.list_users(&filter, Page { page, per_page })).await.unwrap();
            (listed.items.into_iter().map(|u| u.name).collect::<Vec<_>>(), listed.total)
        }
    };
    let all = UserFilter::default();
    assert_eq!(
        list(all.clone(), 2, 5).await,
        (["Person 5", "Person 6", "Person 7", "Person 8", "Person 9"].map(String::from).to_vec(), 12)
    );
    assert_eq!(list(all.clone(), 4, 5).await, (vec![], 12));
    let by = |email: Option<&str>, name: Option<&str>, search: Option<&str>| UserFilter {
        email: email.map(str::to_owned),
        name: name.map(str::to_owned),
        search: search.map(str::to_owned),
        seat: None,
    };
    assert_eq!(list(by(Some("PERSON3@harbourworks.example"), None, None), 1, 5).await, (vec!["Person 3".to_owned()], 1));
    assert_eq!(list(by(None, Some("person 4"), None), 1, 5).await, (vec!["Person 4".to_owned()], 1));
    assert_eq!(list(by(None, None, Some("SON 1")), 1, 5).await, (["Person 1", "Person 10", "Person 11"].map(String::from).to_vec(), 3));
    assert_eq!(list(by(None, None, Some("%")), 1, 5).await.1, 0, "a per cent sign is a per cent sign");
    assert_eq!(list(by(Some("person3@harbourworks.example"), None, Some("4")), 1, 5).await.1, 0);
    assert_eq!(list(by(Some("person3@harbourworks.example"), Some("Person 3"), Some("3@")), 1, 5).await.1, 1);
}

#[tokio::test]
async fn one_key_is_one_person() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    let answer = store.write(|tx| tx.put_user(&User { key: user(1).key, ..user(2) })).await;
    assert!(matches!(answer, Err(StoreError::Conflict { noun: "user", field: "key", .. })), "{answer:?}");
    put(&store, User { key: None, ..user(2) }).await;
    put(&store, User { key: None, ..user(3) }).await;
}

#[tokio::test]
async fn a_record_read_before_a_revocation_does_not_undo_it() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    let stale = store.read(|r| r.user(&user(1).id)).await.unwrap().unwrap();
    assert_eq!(store.write_first(|tx| tx.revoke_user(&user(1).id, RevokeReason::Administrator)).await.unwrap(), 2);
    let early = Session { user_generation: stale.generation, ..session(1, &stale) };
    put(&store, User { name: "Mara".to_owned(), ..stale }).await;
    let now = store.read(|r| r.user(&user(1).id)).await.unwrap().unwrap();
    assert_eq!((now.generation, now.name.as_str()), (2, "Mara"));
    let answer = store.write(move |tx| tx.start_session(&early, &identity(&user(1)))).await;
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
}

#[tokio::test]
async fn a_session_comes_back_with_its_identity_whole() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    let second = model::identity::Identity {
        signed_in_at: NOON.plus_secs(5),
        ip: "2001:db8::1".parse().unwrap(),
        country: None,
        ..identity(&user(1))
    };
    let copy = second.clone();
    store
        .write(move |tx| {
            tx.start_session(&session(1, &user(1)), &identity(&user(1)))?;
            tx.start_session(&session(2, &user(1)), &copy)
        })
        .await
        .unwrap();
    store
        .read(move |r| {
            assert_eq!(r.session(&nonce(1))?, Some((session(1, &user(1)), identity(&user(1)))));
            assert_eq!(r.session(&nonce(2))?, Some((session(2, &user(1)), second.clone())));
            assert_eq!(r.last_identity(&user(1).id)?, Some(second));
            assert_eq!(r.last_identity(&user(2).id)?, None);
            Ok(())
        })
        .await
        .unwrap();
    let double = store.write(|tx| tx.start_session(&session(1, &user(1)), &identity(&user(1)))).await;
    assert!(matches!(double, Err(StoreError::Conflict { .. })), "{double:?}");
    let stranger = store.write(|tx| tx.start_session(&session(3, &user(9)), &identity(&user(9)))).await;
    assert!(matches!(stranger, Err(StoreError::NotFound { noun: "user", .. })), "{stranger:?}");
}

#[tokio::test]
async fn only_live_sessions_are_listed_and_ending_one_works_once() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, user(1)).await;
    store
        .write(|tx| {
            for n in 1..=3 {
                let length = i64::try_from(n).unwrap() * 10;
                tx.start_session(&Session { expires_at: NOON.plus_secs(length), ..session(n, &user(1)) }, &identity(&user(1)))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert!(store.write(|tx| tx.revoke_session(&nonce(3), RevokeReason::Logout)).await.unwrap());
    let head = store.read(|r| r.head()).await.unwrap();
    assert!(!store.write(|tx| tx.revoke_session(&nonce(3), RevokeReason::Logout)).await.unwrap());
    assert!(!store.write(|tx| tx.revoke_session(&nonce(9), RevokeReason::Logout)).await.unwrap());
    assert_eq!(store.read(|r| r.head()).await.unwrap(), head, "what changed nothing is not in the feed");
    let live = |seconds| {
        let store = store.clone();
        async move {
            let found = store.read(move |r| r.sessions_of(&user(1).id, NOON.plus_secs(seconds))).await.unwrap();
            found.into_iter().map(|(s, _)| s.nonce).collect::<Vec<_>>()
        }
    };
    assert_eq!(live(0).await, [nonce(1), nonce(2)]);
    assert_eq!(live(10).await, [nonce(2)]);
    let (ended, _) = store.read(|r| r.session(&nonce(3))).await.unwrap().unwrap();
    assert_eq!(ended.state, SessionState::Revoked { at: NOON, why: RevokeReason::Logout });
}

#[tokio::test]
async fn expired_sessions_are_forgotten_and_the_last_identity_is_not() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    put(&store, user(1)).await;
    store
        .write(|tx| {
            tx.start_session(&session(1, &user(1)), &identity(&user(1)))?;
            let later = Session { expires_at: NOON.plus_secs(9_000), ..session(2, &user(1)) };
            tx.start_session(&later, &model::identity::Identity { name: "Mara".to_owned(), ..identity(&user(1)) })
        })
        .await
        .unwrap();
    assert_eq!(store.write(|tx| tx.forget_expired_sessions()).await.unwrap(), 0);
    hand.turn(3600);
    assert_eq!(store.write(|tx| tx.forget_expired_sessions()).await.unwrap(), 1);
    assert_eq!(store.read(|r| r.session(&nonce(1))).await.unwrap(), None);
    assert!(store.read(|r| r.session(&nonce(2))).await.unwrap().is_some());
    hand.turn(9_000);
    assert_eq!(store.write(|tx| tx.forget_expired_sessions()).await.unwrap(), 1);
    assert_eq!(store.read(|r| r.last_identity(&user(1).id)).await.unwrap().unwrap().name, "Mara");
    store.close().await;
    let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
    let identities: i64 = database.query_row("SELECT count(*) FROM identity", [], |row| row.get(0)).unwrap();
    assert_eq!(identities, 1, "identities that nobody refers to are gone");
}

#[tokio::test]
async fn a_removed_person_leaves_no_session_and_no_seat() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, User { access_seat: true, ..user(1) }).await;
    put(&store, User { access_seat: true, ..user(2) }).await;
    store.write(|tx| tx.start_session(&session(1, &user(1)), &identity(&user(1)))).await.unwrap();
    assert_eq!(store.read(|r| r.seats_used()).await.unwrap(), 2);
    store.write(|tx| tx.remove_user(&user(1).id)).await.unwrap();
    store
        .read(|r| {
            assert_eq!(r.seats_used()?, 1);
            assert_eq!(r.user(&user(1).id)?, None);
            assert_eq!(r.session(&nonce(1))?, None);
            assert_eq!(r.last_identity(&user(1).id)?, None);
            Ok(())
        })
        .await
        .unwrap();
    // Somebody returning is somebody else.
    put(&store, User { id: UserId::random(), ..user(1) }).await;
}

#[tokio::test]
async fn a_leaver_takes_no_grant_along_and_whoever_only_signed_out_keeps_it() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let (mara, app, policy) = (user(1), AppId::random(), PolicyId::random());
    put(&store, mara.clone()).await;
    let now = store.now();
    let grant = Grant {
        id: GrantId::random(),
        user: mara.id,
        app,
        policy,
        from: now,
        until: now.plus_secs(86_400),
        approvers: Vec::new(),
        reason: None,
        created_at: now,
    };
    let request = AccessRequest {
        id: GrantId::random(),
        user: mara.id,
        email: mara.email.clone(),
        name: mara.name.clone(),
        app,
        policy,
        purpose: None,
        wanted_secs: 3600,
        return_to: "https://wiki.harbourworks.example/".into(),
        votes: Vec::new(),
        state: RequestState::Waiting,
        created_at: now,
    };
    let (granted, asked) = (grant.id, request.id);
    store
        .write(move |tx| {
            tx.put_grant(&grant)?;
            tx.put_access_request(&request)
        })
        .await
        .unwrap();
    let held = async |why: RevokeReason| {
        store.write(move |tx| tx.revoke_user(&mara.id, why).map(drop)).await.unwrap();
        store
            .read(move |r| {
                assert_eq!(r.access_requests_of(&mara.id, Timestamp::default())?.len(), usize::from(r.access_request(&asked)?.is_some()));
                Ok((r.grant(&granted)?.is_some(), r.access_request(&asked)?.is_some()))
            })
            .await
            .unwrap()
    };
    assert_eq!(held(RevokeReason::Logout).await, (true, true));
    assert_eq!(held(RevokeReason::Deprovisioned).await, (false, false), "nothing waits for somebody who is created or enabled again");
}
