//! What the guard against mass deactivation counts and holds.

use model::{
    provisioned::{Provisioned, ResourceKind},
    provisioning_guard::{Decision, HeldCounts},
};
use store::{GroupMember, Store};

use crate::{
    cast::{Hand, config, harbour_works, idp, key, numbered, provisioned, user},
    folder::Folder,
};

async fn counted(store: &Store, hand: &Hand, window_secs: i64) -> u64 {
    let since = hand.now().plus_secs(-window_secs);
    store.read(move |r| r.deactivated_since(&numbered(1), since)).await.unwrap()
}

async fn count(store: &Store, number: u64) {
    store.write(move |tx| tx.count_deactivation(&provisioned(number, ResourceKind::User))).await.unwrap();
}

#[tokio::test]
async fn what_is_older_than_the_window_counts_no_more_and_a_person_counts_once() {
    let folder = Folder::new();
    let hand = Hand::new();
    let store = Store::open(config(folder.path(), &hand)).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    for number in [1, 2, 1, 3, 1] {
        count(&store, number).await;
    }
    assert_eq!(counted(&store, &hand, 3600).await, 3);
    hand.turn(3000);
    count(&store, 4).await;
    count(&store, 1).await;
    assert_eq!((counted(&store, &hand, 3600).await, counted(&store, &hand, 60).await), (4, 2));
    hand.turn(660);
    assert_eq!(counted(&store, &hand, 3600).await, 2, "two of them went more than an hour ago");
    store.write(|tx| tx.reset_guard(&numbered(1))).await.unwrap();
    assert_eq!(counted(&store, &hand, 86_400).await, 0);
    count(&store, 1).await;
    assert_eq!(counted(&store, &hand, 3600).await, 1);
}

#[tokio::test]
async fn a_held_user_is_found_by_either_link_only_and_comes_back_unless_its_name_is_taken() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let person = user(1);
    let held = Provisioned {
        external_id: Some(key(1).subject),
        user_name: Some("Mara@harbourworks.example".into()),
        ..provisioned(2, ResourceKind::User)
    };
    let (ours, group) = (held.clone(), provisioned(11, ResourceKind::Group));
    store
        .write(move |tx| {
            tx.put_idp(&idp(1))?;
            tx.put_user(&person)?;
            tx.put_provisioned(&ours)?;
            tx.put_provisioned(&group)?;
            tx.add_members(&group.id, &[GroupMember { id: ours.id, display: Some("Mara".into()) }])?;
            tx.hold_deletion(&ours)
        })
        .await
        .unwrap();
    store
        .read(|r| {
            assert_eq!(r.held_counts(&numbered(1))?, HeldCounts { seats: 0, deletions: 1 });
            assert_eq!((r.provisioned_counts(&numbered(1))?.users, r.members(&numbered(11))?.len()), (0, 0));
            assert!(r.is_deletion_held(&numbered(1), &key(1), None)?, "by object id");
            assert!(r.is_deletion_held(&numbered(1), &key(9), Some("MARA@harbourworks.example"))?, "by principal name, whatever the case");
            assert!(!r.is_deletion_held(&numbered(1), &key(9), Some("ilo@harbourworks.example"))?);
            assert!(!r.is_deletion_held(&numbered(2), &key(1), None)?, "another provider");
            Ok(())
        })
        .await
        .unwrap();

    let again = held.clone();
    let (settled, last) = store.write(|tx| tx.decide_held(&numbered(1), Decision::Refuse, "mara")).await.unwrap();
    assert_eq!((settled.users_restored, last), (1, true));
    let back = store.read(move |r| r.provisioned(&again.idp, ResourceKind::User, &again.id)).await.unwrap().unwrap();
    assert!(!back.active && back.updated_at > held.updated_at);
    let members = store.read(|r| r.members(&numbered(11))).await.unwrap();
    assert_eq!(members, [GroupMember { id: back.id, display: Some("Mara".into()) }]);

    // Renamed to the held name meanwhile, without having been seen by the plan: then the name is theirs.
    let taken = Provisioned { user_name: held.user_name.clone(), ..provisioned(3, ResourceKind::User) };
    store
        .write(move |tx| {
            tx.hold_deletion(&back)?;
            tx.put_provisioned(&taken)
        })
        .await
        .unwrap();
    let (settled, _) = store.write(|tx| tx.decide_held(&numbered(1), Decision::Refuse, "mara")).await.unwrap();
    assert_eq!((settled.users_restored, settled.users_not_restored), (0, vec!["Mara@harbourworks.example".to_owned()]));
}
