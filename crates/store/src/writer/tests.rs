//! Group commit from inside: who shares a transaction, who falls alone, and what happens when the disk says no.

use std::sync::{Arc, Mutex, atomic::AtomicBool, mpsc};

use model::{Reference, Timestamp, log::AccessDecision, log::AuditRecord};

use super::*;
use crate::{CacheSize, Config, Page, SealingKey, Store, folder::Folder, statement::logs as logs_sql};

async fn open(folder: &Folder) -> Store {
    let now = Arc::new(|| Timestamp::from_millis(1_790_100_000_000));
    let sealing_key = SealingKey::from_bytes([1; 32]);
    let store = Store::open(Config { path: folder.path().to_owned(), sealing_key, now, cache: CacheSize::mebibytes(24) }).await.unwrap();
    store.initialise("Harbour Works").await.unwrap();
    store
}

fn note(tx: &mut Tx<'_>, text: &str) -> Result<(), StoreError> {
    tx.audit(&AuditRecord {
        at: tx.now(),
        actor: "system".to_owned(),
        action: text.to_owned(),
        object: String::new(),
        before: None,
        after: None,
    })
}

async fn noted(store: &Store) -> Vec<String> {
    let listed = store.read(|r| r.list_audit(Page { page: 1, per_page: 1_000 })).await.unwrap();
    listed.items.into_iter().rev().map(|record| record.action).collect()
}

/// Keeps the writer busy, so that what is written meanwhile waits and shares the next transaction.
struct Busy(mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>);

impl Busy {
    async fn with(store: &Store) -> Self {
        let (release, released) = mpsc::channel();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let store = store.clone();
        let task = tokio::spawn(async move {
            store
                .write(move |_| {
                    let _ = begun.send(());
                    released.recv().map_err(StoreError::unavailable)
                })
                .await
        });
        has_begun.await.unwrap();
        Self(release, task)
    }
    /// Lets the writer go on when so many mutations wait.
    async fn until_waiting(self, store: &Store, count: usize) -> Result<(), StoreError> {
        while store.parts().queue.len() < count {
            tokio::task::yield_now().await;
        }
        self.0.send(()).unwrap();
        self.1.await.unwrap()
    }
}

type Answers = Vec<Result<(), StoreError>>;

/// Lets mutations wait behind a busy writer, in whose transaction they then are; returns its answer and theirs.
async fn together<F>(store: &Store, mutations: Vec<F>) -> Answers
where
    F: FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
{
    let busy = Busy::with(store).await;
    let count = mutations.len();
    let mut tasks = Vec::new();
    for (at, mutation) in mutations.into_iter().enumerate() {
        let store_of_task = store.clone();
        tasks.push(tokio::spawn(async move { store_of_task.write(mutation).await }));
        // One after the other, so that their order is known.
        while store.parts().queue.len() <= at {
            tokio::task::yield_now().await;
        }
    }
    let mut answers = vec![busy.until_waiting(store, count).await];
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn writes_that_wait_share_a_transaction() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let before = store.commits();
    let mutations = (0..100).map(|n| move |tx: &mut Tx<'_>| note(tx, &n.to_string())).collect();
    assert!(together(&store, mutations).await.iter().all(Result::is_ok));
    // The busy one takes 63 along in its transaction; the rest follows in one more.
    assert_eq!(store.commits() - before, 2);
    assert!(noted(&store).await.iter().map(String::as_str).eq((0..100).map(|n| n.to_string()).collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_failing_or_panicking_mutation_falls_alone() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let head = store.read(|r| r.head()).await.unwrap();
    let before = store.snapshot();
    let mutations = (0..9)
        .map(|n| {
            move |tx: &mut Tx<'_>| {
                note(tx, &n.to_string())?;
                let mut organization = tx.organization()?;
                organization.name = n.to_string();
                tx.put_organization(&organization)?;
                match n % 3 {
                    0 => Ok(()),
                    1 => Err(StoreError::Refused("no".to_owned())),
                    _ => panic!("mutation {n} panics on purpose"),
                }
            }
        })
        .collect();
    let commits = store.commits();
    let answers = together(&store, mutations).await;
    assert_eq!(store.commits() - commits, 1);
    for (n, answer) in answers.iter().skip(1).enumerate() {
        let expected = match n % 3 {
            0 => answer.is_ok(),
            1 => matches!(answer, Err(StoreError::Refused(why)) if why == "no"),
            _ => matches!(answer, Err(StoreError::Unavailable { .. })),
        };
        assert!(expected, "{n}: {answer:?}");
    }
    assert_eq!(noted(&store).await, ["0", "3", "6"]);
    assert_eq!(store.snapshot().organization.name, "6");
    assert_eq!(store.snapshot().version, head + 3);
    assert_eq!(store.read(|r| r.head()).await.unwrap(), head + 3, "the fallen left no gap");
    assert_ne!(before, store.snapshot());
    store.write(|tx| note(tx, "the writer lives")).await.unwrap();
}

#[tokio::test]
async fn revocations_go_first() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let busy = Busy::with(&store).await;
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let mut tasks = Vec::new();
    for (at, (name, urgent)) in [("a", false), ("b", false), ("revoke", true)].into_iter().enumerate() {
        let (store_of_task, order) = (store.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let mutation = move |_: &mut Tx<'_>| {
                order.lock().unwrap().push(name);
                Ok(())
            };
            if urgent { store_of_task.write_first(mutation).await } else { store_of_task.write(mutation).await }
        }));
        while store.parts().queue.len() <= at {
            tokio::task::yield_now().await;
        }
    }
    busy.until_waiting(&store, 3).await.unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(*order.lock().unwrap(), ["revoke", "a", "b"]);
}

#[tokio::test]
async fn a_failed_commit_answers_everybody_and_keeps_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let head = store.read(|r| r.head()).await.unwrap();
    let mutations = (0..4)
        .map(|n| {
            move |tx: &mut Tx<'_>| {
                note(tx, &n.to_string())?;
                let organization = tx.organization()?;
                tx.put_organization(&model::organization::Organization { name: "never".to_owned(), ..organization })?;
                if n == 2 {
                    // Only the commit looks at this: the check of no session.
                    tx.connection
                        .execute_batch(
                            "PRAGMA defer_foreign_keys = ON;
                             INSERT INTO session_check (account_no, nonce, idp, user_id, next_check_at, failures, key_id, ciphertext)
                             VALUES (1, 'none', 'x', 'x', 0, 0, 'k', x'00')",
                        )
                        .map_err(StoreError::unavailable)?;
                }
                if n == 3 { Err(StoreError::Refused("said on the ground of what was not kept".to_owned())) } else { Ok(()) }
            }
        })
        .collect();
    for answer in together(&store, mutations).await {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
    assert_eq!(noted(&store).await, Vec::<String>::new());
    assert_eq!(store.read(|r| r.head()).await.unwrap(), head);
    assert_eq!(store.snapshot().organization.name, "Harbour Works");
    assert!(store.healthy().await, "a probe finds that commits work again");
    store.write(|tx| note(tx, "after")).await.unwrap();
    assert_eq!(noted(&store).await, ["after"]);
}

#[tokio::test]
async fn a_full_disk_is_an_outage_until_there_is_room() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let pages = |tx: &mut Tx<'_>, sql: &str| -> Result<i64, StoreError> {
        tx.connection.query_row(sql, [], |row| row.get(0)).map_err(StoreError::unavailable)
    };
    let used = store.write(move |tx| pages(tx, "PRAGMA page_count")).await.unwrap();
    let limit = format!("PRAGMA max_page_count = {}", used + 2);
    store.write(move |tx| pages(tx, &limit)).await.unwrap();
    let mut kept = Vec::new();
    let big = "x".repeat(3_000);
    let failed = loop {
        let text = format!("{}{big}", kept.len());
        let copy = text.clone();
        match store.write(move |tx| note(tx, &copy)).await {
            Ok(()) => kept.push(text),
            Err(error) => break error,
        }
        assert!(kept.len() < 100, "the disk is never full");
    };
    assert!(failed.is_outage(), "{failed:?}");
    assert_eq!(noted(&store).await, kept, "what was acknowledged, and nothing of the rest");
    store.write(move |tx| pages(tx, "PRAGMA max_page_count = 100000")).await.unwrap();
    store.write(|tx| note(tx, "room")).await.unwrap();
    assert!(store.healthy().await);
}

#[tokio::test]
async fn the_writer_syncs_each_commit_and_checks_references() {
    let folder = Folder::new();
    let store = open(&folder).await;
    for (setting, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let sql = format!("SELECT CAST({setting} AS TEXT) FROM pragma_{setting}");
        let found: String =
            store.write(move |tx| tx.connection.query_row(&sql, [], |row| row.get(0)).map_err(StoreError::unavailable)).await.unwrap();
        assert_eq!(found, value, "{setting}");
    }
}

#[tokio::test]
async fn pages_are_kept_for_as_much_memory_as_was_given_two_thirds_of_it_by_the_writer() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let kept = |connection: &Connection| {
        connection.query_row("PRAGMA cache_size", [], |row| row.get::<_, i64>(0)).map_err(StoreError::unavailable)
    };
    assert_eq!(store.write(move |tx| kept(tx.connection)).await.unwrap(), -16 * 1024);
    assert_eq!(store.read(move |reader| kept(reader.connection)).await.unwrap(), -2 * 1024, "one of four readers");
    assert_eq!((CacheSize::mebibytes(0), CacheSize::mebibytes(u32::MAX)), (CacheSize::mebibytes(12), CacheSize::mebibytes(65_536)));
}

struct Clumsy {
    /// Falls at its first `apply`.
    fell: bool,
    /// Loading fails too, but for the first time.
    lost: bool,
    loads: Arc<Mutex<usize>>,
}

impl Follower for Clumsy {
    fn load(&mut self, _: &LiveState) {
        *self.loads.lock().unwrap() += 1;
        assert!(!(self.lost && self.fell), "cannot be loaded again, on purpose");
    }
    fn apply(&mut self, _: &Batch) {
        assert!(std::mem::replace(&mut self.fell, true), "falls once, on purpose");
    }
}

async fn rename(store: &Store, name: &str) -> Result<(), StoreError> {
    let name = name.to_owned();
    store
        .write(move |tx| {
            let organization = tx.organization()?;
            tx.put_organization(&model::organization::Organization { name, ..organization })
        })
        .await
}

#[tokio::test]
async fn a_follower_that_panics_is_loaded_anew() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let loads = Arc::default();
    store.follow(Box::new(Clumsy { fell: false, lost: false, loads: Arc::clone(&loads) })).await.unwrap();
    rename(&store, "first").await.unwrap();
    rename(&store, "second").await.unwrap();
    assert_eq!(*loads.lock().unwrap(), 2);
    assert!(store.healthy().await);
}

#[tokio::test]
async fn writes_stop_when_a_follower_is_lost() {
    let folder = Folder::new();
    let store = open(&folder).await;
    store.follow(Box::new(Clumsy { fell: false, lost: true, loads: Arc::default() })).await.unwrap();
    assert!(rename(&store, "first").await.unwrap_err().is_outage(), "nobody may believe that everybody knows");
    assert!(rename(&store, "second").await.unwrap_err().is_outage());
    assert!(!store.healthy().await);
    assert_eq!(store.snapshot().organization.name, "first", "the first one was kept all the same");
}

fn decision(number: u128) -> AccessDecision {
    AccessDecision {
        reference: Reference::from_bytes(number.to_be_bytes()),
        at: Timestamp::from_millis(1),
        allowed: true,
        action: "request".to_owned(),
        app_id: None,
        host: String::new(),
        path: String::new(),
        user_id: None,
        user_email: None,
        idp: None,
        ip: [192, 0, 2, 1].into(),
        country: None,
        policy_id: None,
        explanation: serde_json::Value::Null,
        facts: None,
    }
}

#[tokio::test]
async fn recording_never_waits_and_counts_what_it_drops() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let busy = Busy::with(&store).await;
    for number in 0..8_292 {
        store.record(decision(number));
    }
    assert_eq!(store.dropped_records(), 100);
    busy.until_waiting(&store, 0).await.unwrap();
    store.flush_records().await.unwrap();
    let kept = store
        .write(|tx| {
            tx.count(&logs_sql::COUNT_DECISIONS, &[0.into(), 9.into(), None::<i64>.into(), None::<i64>.into(), None::<&str>.into()])
        })
        .await
        .unwrap();
    assert_eq!(kept, 8_192);
}

#[tokio::test]
async fn decisions_are_written_by_and_by_without_being_asked_for() {
    let folder = Folder::new();
    let store = open(&folder).await;
    store.record(decision(1));
    let reference = decision(1).reference;
    // Ends when the writer has turned to it by itself; the test runner's limit ends it otherwise.
    loop {
        let reference = reference.clone();
        if store.read(move |r| r.decision(&reference)).await.unwrap().is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn closing_finishes_what_waits_and_refuses_the_rest() {
    let folder = Folder::new();
    let store = open(&folder).await;
    store.record(decision(1));
    let busy = Busy::with(&store).await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.write(|tx| note(tx, "waited")).await }
    });
    busy.until_waiting(&store, 1).await.unwrap();
    store.close().await;
    waiting.await.unwrap().unwrap();
    assert!(store.write(|tx| note(tx, "late")).await.unwrap_err().is_outage());
    assert!(store.read(|r| r.head()).await.unwrap_err().is_outage());
    assert!(!store.healthy().await);
    store.close().await;
    drop(store);
    let again = open(&folder).await;
    assert_eq!(noted(&again).await, ["waited"]);
    assert!(again.read(|r| r.decision(&decision(1).reference)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_flood_of_decisions_does_not_hold_up_a_flush_for_ever() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let (flooded, stop) = (store.clone(), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let flood = std::thread::spawn(move || {
        for number in 0.. {
            if stopped.load(Ordering::Acquire) {
                break;
            }
            flooded.record(decision(number));
        }
    });
    while store.dropped_records() == 0 {
        tokio::task::yield_now().await;
    }
    let flushed = tokio::time::timeout(Duration::from_secs(30), store.flush_records()).await;
    stop.store(true, Ordering::Release);
    flood.join().unwrap();
    flushed.expect("what waited was written").unwrap();
}
