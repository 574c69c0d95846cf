//! Nested members: beside SCIM's, found from both ends, and gone with whatever they belong to.

use model::{ObjectId, ScimId, drift::Report, provisioned::ResourceKind};
use store::{ExpandedGroup, ExpandedMember, GroupExpansion, GroupMember, Reader, Store, StoreError, Tx};

use crate::{
    cast::{NOON, harbour_works, idp, numbered, provisioned},
    folder::Folder,
};

fn member(number: u64, user: Option<u64>) -> ExpandedMember {
    ExpandedMember { object_id: numbered(number), user: user.map(numbered), display: Some(format!("Person {number}")), since: NOON }
}

fn expansion(group: u64) -> GroupExpansion {
    GroupExpansion {
        group: numbered(group),
        begun_at: NOON,
        read_at: Some(NOON.plus_secs(5)),
        tried_at: NOON.plus_secs(9),
        why: Some("busy".into()),
    }
}

/// Groups 7 and 8 with user 1 in both and the unprovisioned person 102 in one.
async fn expanded(folder: &Folder) -> Store {
    let store = harbour_works(folder.path()).await;
    let made = store.write(|tx| {
        tx.put_idp(&idp(1))?;
        for user in [1, 5] {
            tx.put_provisioned(&provisioned(user, ResourceKind::User))?;
        }
        for group in [7, 8] {
            tx.put_provisioned(&provisioned(group, ResourceKind::Group))?;
            tx.put_expansion(&numbered(1), &expansion(group))?;
        }
        tx.add_members(&numbered(7), &[GroupMember { id: numbered(5), display: None }])?;
        tx.add_expanded(&numbered(7), &[member(101, Some(1)), member(102, None)])?;
        tx.add_expanded(&numbered(8), &[member(101, Some(1))])
    });
    made.await.unwrap();
    store
}

/// Members of both groups, groups of the user, groups of the person.
fn counts(reader: &Reader<'_>) -> Result<[usize; 4], StoreError> {
    Ok([
        reader.expanded_members(&numbered(7))?.len(),
        reader.expanded_members(&numbered(8))?.len(),
        reader.expanded_groups_of(&numbered(1))?.len(),
        reader.expanded_groups_of_object(&numbered::<ObjectId>(102))?.len(),
    ])
}

#[tokio::test]
async fn members_by_expansion_are_found_from_both_ends_and_are_no_members_by_scim() {
    let folder = Folder::new();
    let store = expanded(&folder).await;
    store
        .read(|reader| {
            assert_eq!(reader.expanded_members(&numbered(7))?, [member(101, Some(1)), member(102, None)]);
            for (stretch, found) in
                [((0, 1), vec![member(101, Some(1))]), ((1, 9), vec![member(102, None)]), ((2, 9), vec![]), ((0, 0), vec![])]
            {
                assert_eq!(reader.expanded_page(&numbered(7), stretch.0, stretch.1)?, found, "{stretch:?}");
            }
            assert_eq!([reader.expanded_count(&numbered(7))?, reader.expanded_count(&numbered(99))?], [2, 0]);
            assert_eq!((reader.expansion(&numbered(8))?, reader.expansion(&numbered(99))?), (Some(expansion(8)), None));
            assert_eq!([reader.member_count_to(&numbered(7), 1)?, reader.member_count_to(&numbered(7), 0)?], [Some(1), None]);
            let group = |number| ExpandedGroup { group: numbered(number), since: NOON, read_at: Some(NOON.plus_secs(5)) };
            assert_eq!(reader.expanded_groups_of(&numbered(1))?, [group(7), group(8)]);
            assert_eq!(reader.expanded_groups_of_object(&numbered(102))?, [group(7)]);
            assert_eq!(reader.expansions(&numbered(1))?, [expansion(7), expansion(8)]);
            assert_eq!(reader.expansions(&numbered(2))?, []);
            assert_eq!(reader.expanding_idps()?, [numbered(1)]);
            assert_eq!(reader.members(&numbered::<ScimId>(7))?.len(), 1);
            assert_eq!(reader.groups_of(&numbered::<ScimId>(1))?, []);
            Ok(())
        })
        .await
        .unwrap();
    let again = ExpandedMember { user: Some(numbered(1)), since: NOON.plus_secs(60), ..member(102, None) };
    store.write(move |tx| tx.add_expanded(&numbered(7), &[again])).await.unwrap();
    let kept = store.read(|reader| reader.expanded_members(&numbered(7))).await.unwrap();
    assert_eq!(kept[1], member(102, Some(1)), "tied to a user now; since when stays");
    let nowhere = store.write(|tx| tx.put_expansion(&numbered(1), &expansion(99))).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn they_go_with_the_group_the_user_the_provider_and_when_they_are_forgotten() {
    type Change = fn(&mut Tx<'_>) -> Result<(), StoreError>;
    let changes: [(&str, Change, [usize; 4]); 6] = [
        ("one taken out", |tx| tx.remove_expanded(&numbered(7), &[numbered(101), numbered(999)]), [1, 1, 1, 1]),
        ("the group is gone", |tx| tx.remove_provisioned(&numbered(1), ResourceKind::Group, &numbered(7)), [0, 1, 1, 0]),
        ("the user is gone", |tx| tx.remove_provisioned(&numbered(1), ResourceKind::User, &numbered(1)), [1, 0, 0, 1]),
        ("the provider is gone", |tx| tx.remove_idp(&numbered(1)), [0; 4]),
        ("one group forgotten", |tx| tx.forget_expansion(&numbered(8)), [2, 0, 1, 1]),
        ("all forgotten", |tx| tx.forget_expansions(&numbered(1)), [0; 4]),
    ];
    for (case, change, expected) in changes {
        let folder = Folder::new();
        let store = expanded(&folder).await;
        assert_eq!(store.read(counts).await.unwrap(), [2, 1, 2, 1]);
        store.write(change).await.unwrap();
        assert_eq!(store.read(counts).await.unwrap(), expected, "{case}");
    }
}

#[tokio::test]
async fn the_last_drift_report_is_kept_until_its_provider_is_gone() {
    let folder = Folder::new();
    let store = expanded(&folder).await;
    let report = Report { at: NOON, groups: vec![], groups_omitted: 3, expansion: None };
    let kept = report.clone();
    store.write(move |tx| tx.set_drift_report(&numbered(1), Some(&kept))).await.unwrap();
    assert_eq!(store.read(|reader| reader.drift_report(&numbered(1))).await.unwrap(), Some(report));
    store.write(|tx| tx.remove_idp(&numbered(1))).await.unwrap();
    assert_eq!(store.read(|reader| reader.drift_report(&numbered(1))).await.unwrap(), None);
}
