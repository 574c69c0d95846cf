//! The access log and the audit log.

use model::{
    Timestamp,
    log::{AccessDecision, AuditRecord},
};
use store::{AuditFilter, DecisionFilter, Page, Store};

use crate::{
    cast::{NOON, decision, email, harbour_works, identity, numbered, user},
    folder::Folder,
};

const ALL: Page = Page { page: 1, per_page: 1_000 };

async fn recorded(folder: &Folder, count: u64) -> Store {
    let store = harbour_works(folder.path()).await;
    (0..count).for_each(|n| store.record(decision(n)));
    store.flush_records().await.unwrap();
    store
}

fn at(n: u64) -> Timestamp {
    decision(n).at
}

#[tokio::test]
async fn decisions_are_found_by_reference_and_listed_newest_first() {
    let folder = Folder::new();
    let store = recorded(&folder, 30).await;
    let found = store.read(|r| r.decision(&decision(7).reference)).await.unwrap();
    assert_eq!(found, Some(decision(7)));
    assert_eq!(store.read(|r| r.decision(&decision(99).reference)).await.unwrap(), None);
    type Wanted = fn(u64) -> bool;
    let filters: [(DecisionFilter, Wanted); 7] = [
        (DecisionFilter::default(), |_| true),
        (DecisionFilter { allowed: Some(true), ..Default::default() }, |n| n.is_multiple_of(2)),
        (DecisionFilter { allowed: Some(false), ..Default::default() }, |n| !n.is_multiple_of(2)),
        (DecisionFilter { app_id: Some(numbered(1)), ..Default::default() }, |n| n % 3 == 1),
        (DecisionFilter { email: Some(email(2).as_str().to_uppercase()), ..Default::default() }, |n| n % 5 == 2),
        (
            DecisionFilter { email: Some(email(2).to_string()), app_id: Some(numbered(1)), allowed: Some(false), ..Default::default() },
            |n| n % 5 == 2 && n % 3 == 1 && n % 2 == 1,
        ),
        (DecisionFilter { since: Some(at(10)), until: Some(at(20)), ..Default::default() }, |n| (10..20).contains(&n)),
    ];
    for (filter, wanted) in filters {
        let expected: Vec<_> = (0..30).rev().filter(|n| wanted(*n)).map(decision).collect();
        let copy = filter.clone();
        let listed = store.read(move |r| r.list_decisions(&copy, ALL)).await.unwrap();
        assert_eq!((listed.total, &listed.items), (expected.len() as u64, &expected), "{filter:?}");
        let copy = filter.clone();
        let second = store.read(move |r| r.list_decisions(&copy, Page { page: 2, per_page: 2 })).await.unwrap();
        assert_eq!(second.items, expected.iter().skip(2).take(2).cloned().collect::<Vec<_>>(), "{filter:?}, second page");
        let copy = filter.clone();
        let uncounted = store.read(move |r| r.page_of_decisions(&copy, Page { page: 2, per_page: 2 })).await.unwrap();
        assert_eq!(uncounted, second.items, "{filter:?}, the same without counting");
    }
}

#[tokio::test]
async fn decisions_are_counted_by_hour_the_newest_of_them_when_there_are_too_many() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let hour = Timestamp::from_secs(at(0).secs() / 3600 * 3600);
    for n in 0..12_u64 {
        let program = n % 4 == 0;
        let later = i64::try_from(n).unwrap() * 1200;
        let action = if program { "service_auth" } else { "login" };
        store.record(AccessDecision { at: hour.plus_secs(later), allowed: program || n % 2 == 0, action: action.into(), ..decision(n) });
    }
    store.flush_records().await.unwrap();
    // Three an hour: 0 to 2, 3 to 5 and so on; every fourth is a program's, the other even ones are sign-ins.
    let counted = async |since: Timestamp, until: Timestamp, most| {
        let found = store.read(move |r| r.count_decisions(since, until, most)).await.unwrap();
        found.iter().map(|c| (c.hour.secs_since(hour) / 3600, c.allowed, c.admission, c.total)).collect::<Vec<_>>()
    };
    let (second, third) = (hour.plus_secs(3600), hour.plus_secs(7200));
    assert_eq!(counted(hour, second, 100).await, [(0, false, false, 1), (0, true, false, 1), (0, true, true, 1)]);
    assert_eq!(counted(second, third, 100).await, [(1, false, false, 2), (1, true, true, 1)]);
    assert_eq!(counted(hour, hour.plus_secs(86_400), 2).await, [(3, false, false, 1), (3, true, false, 1)], "the newest two");
    assert_eq!(counted(hour.plus_secs(86_400), hour.plus_secs(90_000), 100).await, []);
}

#[tokio::test]
async fn logs_are_pruned_by_age_and_by_number() {
    for (before, kept, expected) in
        [(at(0), 100, 0..30), (at(10), 100, 10..30), (at(0), 5, 25..30), (at(27), 5, 27..30), (at(3), 20, 10..30), (at(99), 9, 0..0)]
    {
        let folder = Folder::new();
        let store = recorded(&folder, 30).await;
        let gone = store.write(move |tx| tx.prune_logs(before, kept, NOON)).await.unwrap();
        let left = store.read(|r| r.list_decisions(&DecisionFilter::default(), ALL)).await.unwrap();
        assert_eq!(left.items, expected.clone().rev().map(decision).collect::<Vec<_>>(), "before {before:?}, at most {kept}");
        assert_eq!(gone, 30 - (expected.end - expected.start));
    }
}

#[tokio::test]
async fn changes_by_administrators_are_listed_newest_first_and_pruned_by_age() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let record = |n: i64| AuditRecord {
        at: NOON.plus_secs(n),
        actor: "api-token:1".to_owned(),
        action: "app.update".to_owned(),
        object: format!("app {n}"),
        before: Some(serde_json::json!({ "b": 1, "a": n })),
        after: None,
    };
    for n in 0..6 {
        store.write(move |tx| tx.audit(&record(n))).await.unwrap();
    }
    let listed = store.read(|r| r.list_audit(Page { page: 1, per_page: 2 })).await.unwrap();
    assert_eq!((listed.items, listed.total), (vec![record(5), record(4)], 6));
    assert_eq!(store.write(|tx| tx.prune_logs(NOON, 10, NOON.plus_secs(4))).await.unwrap(), 4);
    let left = store.read(|r| r.list_audit(ALL)).await.unwrap();
    assert_eq!(left.items, [record(5), record(4)]);
}

#[tokio::test]
async fn changes_are_found_by_who_what_and_when_and_kept_up_to_a_number() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let record = |n: i64| AuditRecord {
        at: NOON.plus_secs(n),
        actor: format!("api-token:{}", n % 2),
        action: if n % 3 == 0 { "app.update" } else { "group.create" }.to_owned(),
        object: format!("{}/{n}", if n % 3 == 0 { "app" } else { "group" }),
        before: None,
        after: Some(serde_json::json!({ "n": n })),
    };
    for n in 0..250 {
        store.write(move |tx| tx.audit(&record(n))).await.unwrap();
    }
    type Wanted = fn(i64) -> bool;
    let text = |text: &str| Some(text.to_owned());
    let filters: [(AuditFilter, Wanted); 6] = [
        (AuditFilter::default(), |_| true),
        (AuditFilter { actor: text("api-token:1"), ..Default::default() }, |n| n % 2 == 1),
        (AuditFilter { action: text("app."), ..Default::default() }, |n| n % 3 == 0),
        (AuditFilter { object: text("app/3"), ..Default::default() }, |n| n % 3 == 0 && n.to_string().starts_with('3')),
        (AuditFilter { since: Some(NOON.plus_secs(10)), until: Some(NOON.plus_secs(20)), ..Default::default() }, |n| (10..20).contains(&n)),
        (AuditFilter { actor: text("api"), ..Default::default() }, |_| false),
    ];
    let newest = store.read(|r| r.newest_change()).await.unwrap();
    for (filter, wanted) in filters {
        let expected: Vec<_> = (0..250).filter(|n| wanted(*n)).map(record).collect();
        let copy = filter.clone();
        let listed = store.read(move |r| r.find_changes(&copy, ALL)).await.unwrap();
        assert_eq!(listed.total, expected.len() as u64, "{filter:?}");
        assert!(listed.items.iter().rev().map(|change| &change.record).eq(&expected), "{filter:?}");
        let (mut after, mut walked) = (0, Vec::new());
        loop {
            let copy = filter.clone();
            let stretch = store.read(move |r| r.audit_after(&copy, after, newest)).await.unwrap();
            let Some(last) = stretch.last() else { break };
            after = last.no;
            walked.extend(stretch.into_iter().map(|change| change.record));
        }
        assert_eq!(walked, expected, "{filter:?}, oldest first");
    }
    assert_eq!(store.write(|tx| tx.prune_audit(250)).await.unwrap(), 0);
    assert_eq!(store.write(|tx| tx.prune_audit(40)).await.unwrap(), 210);
    let left = store.read(|r| r.find_changes(&AuditFilter::default(), ALL)).await.unwrap();
    assert_eq!((left.total, &left.items[39].record), (40, &record(210)));
    // Numbers go on: an export under way meets none twice.
    assert_eq!(store.read(|r| r.newest_change()).await.unwrap(), newest);
}

#[tokio::test]
async fn the_audit_log_cannot_be_altered() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    let record =
        AuditRecord { at: NOON, actor: "system".to_owned(), action: "x".to_owned(), object: String::new(), before: None, after: None };
    store.write(move |tx| tx.audit(&record)).await.unwrap();
    store.close().await;
    let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
    let error = database.execute("UPDATE audit_log SET actor = 'nobody'", []).unwrap_err();
    assert!(error.to_string().contains("never altered"), "{error}");
}

/// A decision about somebody in many groups, from a session of their own.
fn judged(number: u64, person: u64) -> model::log::AccessDecision {
    let mut identity = identity(&user(person));
    identity.signed_in_at = NOON.plus_secs(i64::try_from(number).unwrap());
    identity.sid = Some("theirs".into());
    let facts = model::judged::Judged { identity: Some(std::sync::Arc::new(identity)), version: number, ..Default::default() };
    model::log::AccessDecision { facts: Some(Box::new(facts)), user_id: Some(user(person).id), ..decision(number) }
}

#[tokio::test]
async fn people_as_judged_are_kept_once_and_go_with_the_last_decision_about_them() {
    let folder = Folder::new();
    let store = harbour_works(folder.path()).await;
    // Two people, twenty sign-ins; one decision is put together by the writer.
    for number in 0..19 {
        store.record(judged(number, number % 2));
    }
    store.record_later(|| judged(19, 1));
    store.flush_records().await.unwrap();
    let kept = || {
        let database = rusqlite::Connection::open(folder.path().join("data/doorward.sqlite3")).unwrap();
        database.query_row("SELECT count(*) FROM judged_identity", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(kept(), 2);
    let found = store.read(|r| r.decision(&decision(7).reference)).await.unwrap().unwrap();
    let mut wanted = judged(7, 1);
    let facts = wanted.facts.as_mut().unwrap();
    let without = model::identity::Identity { sid: None, ..(**facts.identity.as_ref().unwrap()).clone() };
    facts.identity = Some(std::sync::Arc::new(without));
    assert_eq!(found, wanted, "each with the circumstances of its own sign-in");
    let listed = store.read(|r| {
        let mut people = store::JudgedPeople::default();
        let first = r.decisions_after(&store::DecisionPlace::before(at(0)), at(15), 10, &mut people)?;
        let last = first.last().map(|d| store::DecisionPlace { at: d.at, reference: d.reference.to_string() }).unwrap();
        Ok((first, r.decisions_after(&last, at(15), 10, &mut people)?))
    });
    let (first, second) = listed.await.unwrap();
    assert_eq!((first.len(), second.len()), (10, 5));
    assert!(first.iter().chain(&second).all(|d| d.facts.as_ref().unwrap().identity.is_some()));
    let of = |user_id| DecisionFilter { user_id: Some(user_id), ..Default::default() };
    let mine = store.read(move |r| r.list_decisions(&of(user(1).id), ALL)).await.unwrap();
    assert_eq!(mine.total, 10);
    // The last nine: both people are still there; then none.
    store.write(|tx| tx.prune_logs(at(0), 9, NOON)).await.unwrap();
    assert_eq!(kept(), 2);
    store.write(|tx| tx.prune_logs(at(99), 9, NOON)).await.unwrap();
    assert_eq!(kept(), 0);
}
