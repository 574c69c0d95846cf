//! Numbers behind the ids of SCIM resources: the move to them, the running totals, and that nothing is left of what is gone.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    IdpId, ScimId,
    provisioned::{Provisioned, ResourceKind},
};
use proptest::prelude::*;
use store::{GroupMember, ProvisionedCounts, ProvisionedKey, Store, StoreError};

use crate::{
    cast::{Hand, config, harbour_works, idp, numbered, provisioned},
    folder::Folder,
    older,
};

fn member(n: u64) -> GroupMember {
    GroupMember { id: numbered(n), display: None }
}

#[tokio::test]
async fn a_database_that_kept_memberships_by_id_opens_with_all_of_them() {
    let folder = Folder::new();
    harbour_works(folder.path()).await.close().await;
    let database = older::rewritten(folder.path(), 2);
    let mara = Provisioned { active: false, ..provisioned(1, ResourceKind::User) };
    let plain = Provisioned { external_id: None, display_name: None, email: None, ..provisioned(2, ResourceKind::User) };
    let elsewhere = Provisioned { idp: numbered(2), ..provisioned(5, ResourceKind::User) };
    let (pilots, night) = (provisioned(11, ResourceKind::Group), provisioned(12, ResourceKind::Group));
    for resource in [&night, &plain, &mara, &elsewhere, &pilots] {
        let folded = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
        database
            .execute(
                "INSERT INTO provisioned (account_no, idp, kind, id, external_id_folded, user_name_folded, display_name_folded, email_folded, active, created_at, doc)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                rusqlite::params![
                    resource.idp.to_string(),
                    resource.kind.as_str(),
                    resource.id.to_string(),
                    folded(&resource.external_id),
                    folded(&resource.user_name),
                    folded(&resource.display_name),
                    folded(&resource.email),
                    resource.active,
                    resource.created_at.millis(),
                    serde_json::to_string(resource).unwrap(),
                ],
            )
            .unwrap();
    }
    for (group, of, display) in [(11, 1, Some("Mara")), (11, 12, None), (11, 99, None), (12, 2, None), (12, 1, None)] {
        let (group, of): (ScimId, ScimId) = (numbered(group), numbered(of));
        let row = rusqlite::params![group.to_string(), of.to_string(), display];
        database.execute("INSERT INTO membership (account_no, group_id, member_id, display) VALUES (1, ?1, ?2, ?3)", row).unwrap();
    }
    drop(database);

    let store = Store::open(config(folder.path(), &Hand::new())).await.unwrap();
    store
        .read(move |r| {
            let listed = r.list_provisioned(&numbered(1), ResourceKind::User, 0, 9)?;
            assert_eq!((listed.items, listed.total), (vec![mara, plain.clone()], 2));
            let (user, group) = (ResourceKind::User, ResourceKind::Group);
            for (kind, by, value, expected) in [
                (user, ProvisionedKey::UserName, "Person2@harbourworks.example", &plain),
                (group, ProvisionedKey::DisplayName, "GROUP 12", &night),
                (group, ProvisionedKey::ExternalId, "external-11", &pilots),
                (group, ProvisionedKey::Id, "00000000-0000-4000-8000-00000000000b", &pilots),
            ] {
                assert_eq!(r.find_provisioned(&numbered(1), kind, by, value)?, std::slice::from_ref(expected), "{by:?}");
            }
            assert_eq!(r.find_provisioned(&numbered(2), user, ProvisionedKey::Email, "person5@harbourworks.example")?, [elsewhere]);
            let named = GroupMember { display: Some("Mara".to_owned()), ..member(1) };
            assert_eq!(r.members(&numbered(11))?, [named, member(12)], "a member that was not there had no effect and is not kept");
            assert_eq!(r.members(&numbered(12))?, [member(1), member(2)]);
            assert_eq!(r.groups_of(&numbered(1))?, [numbered::<ScimId>(11), numbered(12)]);
            let counts = ProvisionedCounts { users: 2, active_users: 1, groups: 2 };
            assert_eq!(r.provisioned_counts(&numbered(1))?, counts);
            assert_eq!(r.provisioned_counts(&numbered(2))?, ProvisionedCounts { users: 1, active_users: 1, groups: 0 });
            Ok(())
        })
        .await
        .unwrap();
    let taken = Provisioned { user_name: Some("PERSON2@harbourworks.example".to_owned()), ..provisioned(7, ResourceKind::User) };
    let answer = store.write(move |tx| tx.put_provisioned(&taken)).await;
    assert!(matches!(answer, Err(StoreError::Conflict { field: "userName", .. })), "{answer:?}");
}

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Put { n: u64, active: bool, name: u64 },
    Remove { n: u64 },
    Join { group: u64, of: Vec<u64> },
    Leave { group: u64, of: Vec<u64> },
    Clear { group: u64 },
    Everything,
}

/// Users are 1 to 4, groups 11 to 13.
fn step() -> impl Strategy<Value = Step> {
    let name = 1..5_u64;
    let either = prop_oneof![1..5_u64, 11..14_u64];
    prop_oneof![
        4 => (either.clone(), any::<bool>(), name).prop_map(|(n, active, name)| Step::Put { n, active, name }),
        2 => either.clone().prop_map(|n| Step::Remove { n }),
        3 => (11..14_u64, prop::collection::vec(either.clone(), 0..4)).prop_map(|(group, of)| Step::Join { group, of }),
        2 => (11..14_u64, prop::collection::vec(either, 0..4)).prop_map(|(group, of)| Step::Leave { group, of }),
        1 => (11..14_u64).prop_map(|group| Step::Clear { group }),
        1 => Just(Step::Everything),
    ]
}

/// What is expected: resources by number (name and whether active), members by group.
#[derive(Debug, Default)]
struct Mirror {
    resources: BTreeMap<u64, (u64, bool)>,
    members: BTreeMap<u64, BTreeSet<u64>>,
}

const fn is_group(n: u64) -> bool {
    n > 10
}

fn resource(n: u64, active: bool, name: u64) -> Provisioned {
    if is_group(n) {
        return provisioned(n, ResourceKind::Group);
    }
    Provisioned { active, user_name: Some(format!("Name{name}")), ..provisioned(n, ResourceKind::User) }
}

impl Mirror {
    /// Does the step; whether it is one that the store refuses.
    fn take(&mut self, step: &Step) -> bool {
        let known = |of: &[u64], all: &BTreeMap<u64, (u64, bool)>| of.iter().all(|n| all.contains_key(n));
        match step {
            Step::Put { n, active, name } => {
                let taken = !is_group(*n) && self.resources.iter().any(|(m, (other, _))| m != n && !is_group(*m) && other == name);
                if !taken {
                    self.resources.insert(*n, (*name, *active || is_group(*n)));
                }
                taken
            }
            Step::Remove { n } => {
                let gone = self.resources.remove(n).is_some();
                self.members.remove(n);
                for members in self.members.values_mut() {
                    members.remove(n);
                }
                !gone
            }
            Step::Join { group, of } => {
                let fits = self.resources.contains_key(group) && known(of, &self.resources);
                if fits {
                    self.members.entry(*group).or_default().extend(of);
                }
                !fits
            }
            Step::Leave { group, of } => {
                self.members.entry(*group).or_default().retain(|n| !of.contains(n));
                false
            }
            Step::Clear { group } => {
                self.members.remove(group);
                false
            }
            Step::Everything => {
                *self = Self::default();
                false
            }
        }
    }
    fn counts(&self) -> ProvisionedCounts {
        let users = || self.resources.iter().filter(|(n, _)| !is_group(**n));
        let active = users().filter(|(_, (_, active))| *active).count();
        ProvisionedCounts {
            users: users().count() as u64,
            active_users: active as u64,
            groups: (self.resources.len() - users().count()) as u64,
        }
    }
}

async fn carry_out(store: &Store, step: Step) -> Result<(), StoreError> {
    let here: IdpId = numbered(1);
    let kind = |n| if is_group(n) { ResourceKind::Group } else { ResourceKind::User };
    store
        .write(move |tx| match step {
            Step::Put { n, active, name } => tx.put_provisioned(&resource(n, active, name)),
            Step::Remove { n } => tx.remove_provisioned(&here, kind(n), &numbered(n)),
            Step::Join { group, of } => tx.add_members(&numbered(group), &of.into_iter().map(member).collect::<Vec<_>>()),
            Step::Leave { group, of } => tx.remove_members(&numbered(group), &of.into_iter().map(numbered).collect::<Vec<_>>()),
            Step::Clear { group } => tx.clear_members(&numbered(group)),
            Step::Everything => {
                tx.remove_idp(&here)?;
                tx.put_idp(&idp(1))
            }
        })
        .await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn totals_and_memberships_are_those_of_what_is_there(history in prop::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = Folder::new();
            let store = harbour_works(folder.path()).await;
            store.write(|tx| tx.put_idp(&idp(1))).await.unwrap();
            let mut mirror = Mirror::default();
            for step in history {
                let refused = mirror.take(&step);
                assert_eq!(carry_out(&store, step.clone()).await.is_err(), refused, "{step:?}");
                let (counts, members) = (mirror.counts(), mirror.members.clone());
                store.read(move |r| {
                    assert_eq!(r.provisioned_counts(&numbered(1))?, counts, "after {step:?}");
                    for group in 11..14 {
                        let expected: Vec<_> = members.get(&group).into_iter().flatten().map(|n| member(*n)).collect();
                        assert_eq!(r.members(&numbered(group))?, expected, "{group} after {step:?}");
                    }
                    Ok(())
                }).await.unwrap();
            }
            store.close().await;
            let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
            let rows: i64 = database.query_row("SELECT count(*) FROM membership", [], |row| row.get(0)).unwrap();
            let expected: usize = mirror.members.values().map(BTreeSet::len).sum();
            assert_eq!(rows, i64::try_from(expected).unwrap(), "no row of what is gone");
        });
    }
}
