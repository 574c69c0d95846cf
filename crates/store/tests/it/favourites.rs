//! What people marked for themselves, and what they used lately.

use model::{AppId, Timestamp, UserId, log::AccessDecision};
use store::{MOST_FAVOURITES, Store, StoreError};

use crate::{
    cast::{app, decision, harbour_works, numbered, user},
    folder::Folder,
};

async fn marked(store: &Store, person: UserId) -> Vec<AppId> {
    store.read(move |r| r.favourites_of(&person)).await.unwrap()
}

async fn mark(store: &Store, person: UserId, app: u64) -> bool {
    store.write(move |tx| tx.add_favourite(&person, &numbered(app))).await.unwrap()
}

#[tokio::test]
async fn marks_are_ones_own_bounded_and_go_with_the_person_and_the_application() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let (mara, ilo) = (user(1), user(2));
    let (a, b) = (mara.id, ilo.id);
    store.write(move |tx| tx.put_user(&mara).and_then(|()| tx.put_user(&ilo))).await.unwrap();
    store.write(|tx| (1..=MOST_FAVOURITES + 1).try_for_each(|n| tx.put_app(&app(n)))).await.unwrap();
    for (person, number) in [(a, 2), (a, 1), (a, 2), (b, 1)] {
        assert!(mark(&store, person, number).await);
    }
    let mut of_mara = marked(&store, a).await;
    of_mara.sort();
    assert_eq!(of_mara, [numbered::<AppId>(1), numbered(2)]);
    assert_eq!(marked(&store, b).await, [numbered::<AppId>(1)]);
    store.write(move |tx| tx.remove_favourite(&a, &numbered(2))).await.unwrap();
    assert_eq!(marked(&store, a).await, [numbered::<AppId>(1)]);
    for number in 1..=MOST_FAVOURITES {
        assert!(mark(&store, a, number).await || number == MOST_FAVOURITES, "{number}");
    }
    assert!(!mark(&store, a, MOST_FAVOURITES + 1).await, "one too many");
    let refused = store.write(move |tx| tx.add_favourite(&b, &numbered(9_999))).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");

    store.write(|tx| tx.remove_app(&numbered(1))).await.unwrap();
    assert_eq!(marked(&store, b).await, []);
    store.write(move |tx| tx.remove_user(&a)).await.unwrap();
    assert_eq!(marked(&store, a).await, []);
}

#[tokio::test]
async fn lately_used_is_what_one_was_let_into_the_last_one_first() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let (mara, ilo) = (user(1).id, user(2).id);
    let record = |n: u64, person: UserId, app: u64, allowed: bool| {
        store.record(AccessDecision { user_id: Some(person), app_id: Some(numbered(app)), allowed, ..decision(n) });
    };
    record(1, mara, 1, true);
    record(2, mara, 2, true);
    record(3, mara, 3, false);
    record(4, ilo, 4, true);
    record(5, mara, 1, true);
    record(6, mara, 5, true);
    store.flush_records().await.unwrap();
    let recent = async |since: Timestamp, most: u64| store.read(move |r| r.recent_apps_of(&mara, since, most)).await.unwrap();
    let ids = |numbers: &[u64]| numbers.iter().map(|n| numbered(*n)).collect::<Vec<AppId>>();
    assert_eq!(recent(decision(0).at, 10).await, ids(&[5, 1, 2]));
    assert_eq!(recent(decision(0).at, 2).await, ids(&[5, 1]));
    assert_eq!(recent(decision(3).at, 10).await, ids(&[5, 1]));
}
