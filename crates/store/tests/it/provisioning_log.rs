//! The provisioning log: what is found by which filter, in which order, and what stays.

use model::{
    ScimUpdateId, Timestamp,
    provisioned::ResourceKind,
    provisioning_log::{Effect, LoggedUpdate, Outcome, ScimUpdate, WriteMethod},
    session::RevokeReason,
};
use store::{Chronology, KeptUpdates, Page, ScimUpdateFilter, Store, StoreError};

use crate::{
    cast::{NOON, harbour_works, numbered},
    folder::Folder,
};

const ALL: Page = Page { page: 1, per_page: 1_000 };
const METHODS: [WriteMethod; 4] = [WriteMethod::Post, WriteMethod::Put, WriteMethod::Patch, WriteMethod::Delete];

/// Record `n`: of provider 1 or 2, about one of five users or three groups, each tenth of it refused.
fn update(n: u64) -> ScimUpdate {
    let group = n % 4 == 3;
    let about = if group { 100 + n % 3 } else { n % 5 };
    let refused = n % 10 == 9;
    ScimUpdate {
        at: NOON.plus_secs(i64::try_from(n).unwrap()),
        idp: numbered(1 + n % 2),
        method: METHODS[usize::try_from(n / 2 % 4).unwrap()],
        kind: if group { ResourceKind::Group } else { ResourceKind::User },
        resource: (!refused).then(|| numbered(about)),
        external_id: Some(format!("Ext{about}")),
        user_email: (!group).then(|| format!("Person{about}@harbourworks.example")),
        group_name: group.then(|| format!("Pilots {about}")),
        status: if refused { 409 } else { 200 },
        error: refused.then(|| "exists already".to_owned()),
        agent: Some("Sync/1.0".to_owned()),
        request: Some(format!("{{\"n\":{n}}}")),
        effects: vec![Effect::SessionsEnded { user: numbered(about), why: RevokeReason::Deprovisioned }],
        normalised: [("operation_case".to_owned(), 2)].into(),
        before: None,
        after: Some("{}".to_owned()),
    }
}

async fn logged(folder: &Folder, count: u64) -> Store {
    let store = harbour_works(folder.path()).await;
    for n in 0..count {
        let id = store.write(move |tx| tx.log_scim_update(&update(n))).await.unwrap();
        assert_eq!(id, expected(n).id);
    }
    store
}

fn expected(n: u64) -> LoggedUpdate {
    LoggedUpdate { id: ScimUpdateId::numbered(update(n).at, n + 1), update: update(n) }
}

#[tokio::test]
async fn records_are_found_by_every_filter_in_both_orders() {
    let folder = Folder::new();
    let store = logged(&folder, 80).await;
    let open = ScimUpdateFilter::default;
    let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    type Wanted = fn(&ScimUpdate) -> bool;
    let filters: Vec<(ScimUpdateFilter, Wanted)> = vec![
        (open(), |_| true),
        (ScimUpdateFilter { idps: vec![numbered(2)], ..open() }, |u| u.idp == numbered(2)),
        (ScimUpdateFilter { idps: vec![numbered(2), numbered(1), numbered(9)], ..open() }, |_| true),
        (ScimUpdateFilter { idps: vec![numbered(9)], ..open() }, |_| false),
        (ScimUpdateFilter { resources: vec![numbered(3)], ..open() }, |u| u.resource == Some(numbered(3))),
        (ScimUpdateFilter { resources: vec![numbered(3), numbered(101)], idps: vec![numbered(1)], ..open() }, |u| {
            u.idp == numbered(1) && (u.resource == Some(numbered(3)) || u.resource == Some(numbered(101)))
        }),
        (ScimUpdateFilter { external_ids: text(&["eXT2"]), ..open() }, |u| u.external_id.as_deref() == Some("Ext2")),
        (ScimUpdateFilter { emails: text(&["PERSON1@harbourworks.example", "nobody"]), ..open() }, |u| {
            u.user_email.as_deref() == Some("Person1@harbourworks.example")
        }),
        (ScimUpdateFilter { emails: text(&["person1@harbourworks.example"]), external_ids: text(&["ext2"]), ..open() }, |_| false),
        (ScimUpdateFilter { groups: text(&["pilots 101"]), methods: vec![WriteMethod::Patch], ..open() }, |u| {
            u.group_name.as_deref() == Some("Pilots 101") && u.method == WriteMethod::Patch
        }),
        (ScimUpdateFilter { idps: vec![numbered(1)], outcomes: vec![Outcome::Failure], ..open() }, |u| {
            u.idp == numbered(1) && u.status == 409
        }),
        (ScimUpdateFilter { outcomes: vec![Outcome::Failure, Outcome::Success], kinds: vec![ResourceKind::Group], ..open() }, |u| {
            u.kind == ResourceKind::Group
        }),
        (ScimUpdateFilter { idps: vec![numbered(1)], since: Some(update(10).at), until: Some(update(20).at), ..open() }, |u| {
            u.idp == numbered(1) && u.at >= update(10).at && u.at < update(20).at
        }),
        (ScimUpdateFilter { resources: vec![numbered(2)], since: Some(update(10).at), until: Some(update(50).at), ..open() }, |u| {
            u.resource == Some(numbered(2)) && u.at >= update(10).at && u.at < update(50).at
        }),
    ];
    for (filter, wanted) in filters {
        let mut expected: Vec<_> = (0..80).map(expected).filter(|logged| wanted(&logged.update)).collect();
        for order in [Chronology::OldestFirst, Chronology::NewestFirst] {
            let copy = filter.clone();
            let listed = store.read(move |r| r.list_scim_updates(&copy, order, ALL)).await.unwrap();
            assert_eq!((listed.total, &listed.items), (expected.len() as u64, &expected), "{filter:?}");
            let copy = filter.clone();
            let second = store.read(move |r| r.list_scim_updates(&copy, order, Page { page: 2, per_page: 3 })).await.unwrap();
            assert_eq!(second.items, expected.iter().skip(3).take(3).cloned().collect::<Vec<_>>(), "{filter:?}, second page");
            expected.reverse();
        }
    }
}

#[tokio::test]
async fn one_record_is_found_by_its_id_alone() {
    let folder = Folder::new();
    let store = logged(&folder, 3).await;
    let id = expected(1).id;
    assert_eq!(store.read(move |r| r.scim_update(id)).await.unwrap(), Some(expected(1)));
    for other in [ScimUpdateId::numbered(NOON, 2), ScimUpdateId::numbered(update(9).at, 10), ScimUpdateId::random()] {
        assert_eq!(store.read(move |r| r.scim_update(other)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_record_goes_with_the_mutation_that_is_rolled_back() {
    let folder = Folder::new();
    let store = logged(&folder, 1).await;
    let outcome = store.write(|tx| tx.log_scim_update(&update(1)).and(Err::<(), _>(StoreError::Refused("no".to_owned())))).await;
    assert!(outcome.is_err());
    let listed = store.read(|r| r.list_scim_updates(&ScimUpdateFilter::default(), Chronology::OldestFirst, ALL)).await.unwrap();
    assert_eq!(listed.items, [expected(0)]);
}

#[tokio::test]
async fn the_log_is_cut_by_age_number_and_size() {
    let far = u64::MAX >> 1;
    for (since, most, bytes, first_left) in [
        (update(0).at, 100, far, 0),
        (update(10).at, 100, far, 10),
        (update(0).at, 5, far, 25),
        (update(27).at, 5, far, 27),
        (update(3).at, 20, far, 10),
        (update(99).at, 9, far, 30),
        (update(0).at, 100, 0, 30),
        (update(0).at, 0, far, 30),
    ] {
        let folder = Folder::new();
        let store = logged(&folder, 30).await;
        let kept = KeptUpdates { since, most, bytes };
        let gone = store.write(move |tx| tx.prune_scim_updates(kept)).await.unwrap();
        let listed = store.read(|r| r.list_scim_updates(&ScimUpdateFilter::default(), Chronology::OldestFirst, ALL)).await.unwrap();
        assert_eq!(listed.items, (first_left..30).map(expected).collect::<Vec<_>>(), "{kept:?}");
        assert_eq!(gone, first_left);
    }
}

#[tokio::test]
async fn by_size_the_newest_stay_that_fit() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let large = |n: u64| ScimUpdate { request: Some("x".repeat(10_000)), ..update(n) };
    for n in 0..10 {
        store.write(move |tx| tx.log_scim_update(&large(n))).await.unwrap();
    }
    let since = Timestamp::from_millis(0);
    let gone = store.write(move |tx| tx.prune_scim_updates(KeptUpdates { since, most: 100, bytes: 35_000 })).await.unwrap();
    assert_eq!(gone, 6, "the one that reaches over the bound stays");
    assert_eq!(store.write(move |tx| tx.prune_scim_updates(KeptUpdates { since, most: 100, bytes: 35_000 })).await.unwrap(), 0);
    let next = store.write(move |tx| tx.log_scim_update(&large(10))).await.unwrap();
    assert_eq!(next.number(), 11, "numbers go on");
}
