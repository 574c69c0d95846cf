//! SCIM resources, their members, and how they join the people of the registry.

use std::ops::ControlFlow;

use model::{
    ScimId,
    identity::SubjectKey,
    provisioned::{Provisioned, ResourceKind},
    user::User,
};
use store::{GroupMember, LinkStrength, ProvisionedKey, Store, StoreError};

use crate::{
    cast::{TENANT, harbour_works, key, numbered, provisioned, user},
    folder::Folder,
};

fn member(n: u64) -> GroupMember {
    GroupMember { id: numbered(n), display: None }
}

async fn put(store: &Store, resource: Provisioned) -> Result<(), StoreError> {
    store.write(move |tx| tx.put_provisioned(&resource)).await
}

#[tokio::test]
async fn resources_come_back_as_sent_by_every_attribute_that_is_looked_up() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in [3, 1, 2] {
        put(&store, provisioned(n, ResourceKind::User)).await.unwrap();
    }
    store
        .read(|r| {
            let idp = numbered(1);
            for (by, value) in [
                (ProvisionedKey::UserName, "PERSON2@harbourworks.example"),
                (ProvisionedKey::ExternalId, "EXTERNAL-2"),
                (ProvisionedKey::DisplayName, "user 2"),
                (ProvisionedKey::Email, "person2@HARBOURWORKS.example"),
                (ProvisionedKey::Id, "00000000-0000-4000-8000-000000000002"),
            ] {
                assert_eq!(r.find_provisioned(&idp, ResourceKind::User, by, value)?, [provisioned(2, ResourceKind::User)], "{by:?}");
                assert_eq!(r.find_provisioned(&idp, ResourceKind::Group, by, value)?, [], "{by:?}: another kind");
                assert_eq!(r.find_provisioned(&numbered(2), ResourceKind::User, by, value)?, [], "{by:?}: another provider");
                assert_eq!(r.find_provisioned(&idp, ResourceKind::User, by, "nobody")?, [], "{by:?}");
            }
            let page = r.list_provisioned(&idp, ResourceKind::User, 1, 1)?;
            assert_eq!((page.items, page.total), (vec![provisioned(2, ResourceKind::User)], 3));
            let mut seen = Vec::new();
            r.each_provisioned(&idp, ResourceKind::User, &mut |p| {
                seen.push(p.id);
                if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            assert_eq!(seen, [numbered::<ScimId>(1), numbered(2)], "in order of creation, until told to stop");
            Ok(())
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn names_are_unique_within_provider_and_kind_whatever_the_case() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    put(&store, provisioned(1, ResourceKind::User)).await.unwrap();
    put(&store, provisioned(11, ResourceKind::Group)).await.unwrap();

    let user_2 = provisioned(2, ResourceKind::User);
    let same_name = Provisioned { user_name: Some("PERSON1@harbourworks.EXAMPLE".to_owned()), ..user_2.clone() };
    let answer = put(&store, same_name.clone()).await;
    let expected = "PERSON1@harbourworks.EXAMPLE";
    assert!(matches!(&answer, Err(StoreError::Conflict { noun: "User", field: "userName", value }) if value == expected), "{answer:?}");
    let same_group = Provisioned { display_name: Some("GROUP 11".to_owned()), ..provisioned(12, ResourceKind::Group) };
    let answer = put(&store, same_group.clone()).await;
    assert!(matches!(&answer, Err(StoreError::Conflict { noun: "Group", field: "displayName", .. })), "{answer:?}");

    put(&store, Provisioned { idp: numbered(2), ..same_name }).await.unwrap();
    put(&store, Provisioned { idp: numbered(2), ..same_group }).await.unwrap();
    put(&store, Provisioned { id: numbered(3), display_name: Some("User 1".to_owned()), ..user_2 }).await.unwrap();
    put(&store, Provisioned { active: false, ..provisioned(1, ResourceKind::User) }).await.unwrap();
    let answer = put(&store, Provisioned { user_name: None, ..provisioned(2, ResourceKind::User) }).await;
    assert!(matches!(&answer, Err(StoreError::Conflict { field: "id", .. })), "an id belongs to its provider: {answer:?}");
}

#[tokio::test]
async fn members_come_and_go_and_removed_ones_leave_every_group() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    for n in [11, 12] {
        put(&store, provisioned(n, ResourceKind::Group)).await.unwrap();
    }
    for n in [1, 2, 5, 6] {
        put(&store, provisioned(n, ResourceKind::User)).await.unwrap();
    }
    let members = |n: u64| {
        let store = store.clone();
        async move { store.read(move |r| r.members(&numbered(n))).await.unwrap() }
    };
    let named = GroupMember { id: numbered(1), display: Some("Mara".to_owned()) };
    let copy = named.clone();
    store
        .write(move |tx| {
            tx.add_members(&numbered(11), &[copy, member(2), member(12)])?;
            tx.add_members(&numbered(12), &[member(1)])?;
            tx.add_members(&numbered(11), &[member(1), member(2)])
        })
        .await
        .unwrap();
    assert_eq!(members(11).await, [named, member(2), member(12)]);
    assert_eq!(store.read(|r| r.groups_of(&numbered(1))).await.unwrap(), [numbered::<ScimId>(11), numbered(12)]);
    let asked = [numbered(12), numbered(99), numbered(5), numbered(2)];
    assert_eq!(store.read(move |r| r.members_among(&numbered(11), &asked)).await.unwrap(), [member(12), member(2)]);
    let kinds: Vec<_> = store.read(|r| r.members_with_kind(&numbered(11))).await.unwrap().into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [ResourceKind::User, ResourceKind::User, ResourceKind::Group]);
    store.write(|tx| tx.remove_members(&numbered(11), &[numbered(2), numbered(99)])).await.unwrap();
    assert_eq!(members(11).await.len(), 2);
    store.write(|tx| tx.remove_provisioned(&numbered(1), ResourceKind::User, &numbered(1))).await.unwrap();
    assert_eq!((members(11).await, members(12).await), (vec![member(12)], vec![]));
    store.write(|tx| tx.remove_provisioned(&numbered(1), ResourceKind::Group, &numbered(12))).await.unwrap();
    assert_eq!(members(11).await, []);
    store.write(|tx| tx.add_members(&numbered(11), &[member(5), member(6)])).await.unwrap();
    store.write(|tx| tx.clear_members(&numbered(11))).await.unwrap();
    assert_eq!(members(11).await, []);
    let stranger = store.write(|tx| tx.add_members(&numbered(11), &[member(5), member(99)])).await;
    assert!(matches!(stranger, Err(StoreError::NotFound { noun: "member", .. })), "{stranger:?}");
    assert_eq!(members(11).await, [], "all or nothing");
    let no_group = store.write(|tx| tx.add_members(&numbered(12), &[member(1)])).await;
    assert!(matches!(no_group, Err(StoreError::NotFound { noun: "Group", .. })), "{no_group:?}");
    let gone = store.write(|tx| tx.remove_provisioned(&numbered(1), ResourceKind::User, &numbered(1))).await;
    assert!(matches!(gone, Err(StoreError::NotFound { noun: "User", .. })), "{gone:?}");
}

#[tokio::test]
async fn links_are_strong_by_object_id_weak_by_principal_name_and_never_by_mail() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let with = |n: u64, external_id: &str, user_name: &str| Provisioned {
        external_id: Some(external_id.to_owned()),
        user_name: Some(user_name.to_owned()),
        email: Some("person1@harbourworks.example".to_owned()),
        ..provisioned(n, ResourceKind::User)
    };
    let mara = User { key: Some(SubjectKey { subject: "abcdef00-0000-4000-8000-000000000001".to_owned(), ..key(1) }), ..user(1) };
    let by_id = with(1, "ABCDEF00-0000-4000-8000-000000000001", "other@harbourworks.example");
    let by_name = with(2, "mara", "PERSON1@harbourworks.example");
    let by_mail = with(3, "3", "third@harbourworks.example");
    let resources = [by_id.clone(), by_name.clone(), by_mail.clone()];
    let person = mara.clone();
    store
        .write(move |tx| {
            tx.put_user(&person)?;
            tx.put_user(&user(2))?;
            resources.iter().try_for_each(|r| tx.put_provisioned(r))
        })
        .await
        .unwrap();
    store
        .read(move |r| {
            let idp = numbered(1);
            let links = r.provisioned_of_person(&idp, mara.key.as_ref().unwrap(), mara.upn.as_deref())?;
            assert_eq!(links, [(by_id.clone(), LinkStrength::Strong), (by_name.clone(), LinkStrength::Weak)]);
            assert_eq!(r.provisioned_of_person(&idp, &key(9), None)?, []);
            let not_a_guid = SubjectKey { issuer: TENANT.to_owned(), subject: "mara".to_owned() };
            assert_eq!(r.provisioned_of_person(&idp, &not_a_guid, None)?, [], "an external id that is no GUID is no strong link");
            assert_eq!(r.people_of_provisioned(TENANT, &by_id)?, [(mara.clone(), LinkStrength::Strong)]);
            assert_eq!(r.people_of_provisioned(TENANT, &by_name)?, [(mara.clone(), LinkStrength::Weak)]);
            assert_eq!(r.people_of_provisioned(TENANT, &by_mail)?, []);
            assert_eq!(r.people_of_provisioned("another tenant", &by_id)?, []);
            let both = Provisioned { user_name: mara.upn.clone(), ..by_id };
            assert_eq!(r.people_of_provisioned(TENANT, &both)?, [(mara, LinkStrength::Strong)], "once, by the better link");
            Ok(())
        })
        .await
        .unwrap();
}
