//! `kill -9` under load: what was acknowledged is there, nothing is there by half.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use model::{ScimId, change::ChangeKind, log::AuditRecord, provisioned::ResourceKind, session::RevokeReason, session::SessionState};
use store::{GroupMember, Page, Reader, Store, StoreError, Tx, UserFilter};

use crate::{
    cast::{NOON, access_group, harbour_works, identity, nonce, numbered, provisioned, session, user},
    folder::Folder,
};

const KILLS: u64 = 50;
/// Numbers that one child may use: more than it can in its life.
const RANGE: u64 = 1_000_000;
const WRITERS: usize = 6;
/// How many acknowledged writes a child may live to see.
const LONGEST_LIFE: u64 = 80;
/// Where the child finds its folder and its first number.
const FOLDER: &str = "DOORWARD_STORE_KILL_FOLDER";
const FIRST: &str = "DOORWARD_STORE_KILL_FIRST";

fn scim_user(n: u64) -> ScimId {
    numbered(1_000_000_000 + n)
}
fn scim_group(n: u64) -> ScimId {
    numbered(2_000_000_000 + n)
}

/// One mutation with rows in nearly every table: all of them or none.
fn voyage(tx: &mut Tx<'_>, n: u64) -> Result<(), StoreError> {
    let person = user(n);
    tx.put_user(&person)?;
    tx.start_session(&session(n, &person), &identity(&person))?;
    tx.put_provisioned(&model::provisioned::Provisioned { id: scim_user(n), ..provisioned(n, ResourceKind::User) })?;
    tx.put_provisioned(&model::provisioned::Provisioned { id: scim_group(n), ..provisioned(n, ResourceKind::Group) })?;
    tx.add_members(&scim_group(n), &[GroupMember { id: scim_user(n), display: None }])?;
    if n.is_multiple_of(5) {
        tx.put_access_group(&access_group(n))?;
    }
    let record =
        AuditRecord { at: NOON, actor: "system".to_owned(), action: "voyage".to_owned(), object: n.to_string(), before: None, after: None };
    tx.audit(&record)
}

/// What there is of a voyage: `None` when nothing, else whether the person was revoked afterwards.
fn inspect(reader: &Reader<'_>, n: u64) -> Result<Option<bool>, StoreError> {
    let idp = numbered(1);
    let person = reader.user(&user(n).id)?;
    let parts = [
        person.is_some(),
        reader.session(&nonce(n))?.is_some(),
        reader.last_identity(&user(n).id)?.is_some(),
        reader.provisioned(&idp, ResourceKind::User, &scim_user(n))?.is_some(),
        reader.provisioned(&idp, ResourceKind::Group, &scim_group(n))?.is_some(),
        reader.members(&scim_group(n))?.len() == 1,
    ];
    assert!(parts.iter().all(|part| *part == parts[0]), "voyage {n} is there by half: {parts:?}");
    let Some(person) = person else { return Ok(None) };
    assert_eq!(reader.access_group(&numbered(n))?.is_some(), n.is_multiple_of(5), "voyage {n}: configuration");
    let ended = reader.session(&nonce(n))?.is_some_and(|(s, _)| s.state != SessionState::Live);
    assert_eq!(person.generation == 2, ended, "revoking {n} is there by half");
    Ok(Some(ended))
}

#[test]
#[ignore = "the process that the kill test starts and kills"]
fn a_child_writes_until_it_is_killed() {
    let (Ok(folder), Ok(first)) = (std::env::var(FOLDER), std::env::var(FIRST)) else { return };
    let (folder, first) = (PathBuf::from(folder), first.parse::<u64>().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    say(format_args!("opening"));
    runtime.block_on(async {
        let store = harbour_works(&folder).await;
        let next = Arc::new(AtomicU64::new(first));
        let writers: Vec<_> = (0..WRITERS).map(|_| tokio::spawn(write_on(store.clone(), Arc::clone(&next), first + RANGE))).collect();
        for writer in writers {
            // A writer ends when nobody reads its lines any more.
            let _ = writer.await;
        }
    });
}

async fn write_on(store: Store, next: Arc<AtomicU64>, end: u64) {
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= end {
            return;
        }
        store.write(move |tx| voyage(tx, n)).await.unwrap();
        say(format_args!("written {n}"));
        if n.is_multiple_of(3) {
            store.write_first(move |tx| tx.revoke_user(&user(n).id, RevokeReason::Deprovisioned)).await.unwrap();
            say(format_args!("revoked {n}"));
        }
    }
}

/// One line, whole; a panic when nobody listens.
fn say(line: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).unwrap();
}

fn start(folder: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::a_child_writes_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets a child live for so many acknowledged writes (with none: until it begins to open the store), kills it, and returns what it was told: written, revoked.
fn live_and_die(folder: &Path, first: u64, life: u64) -> (Vec<u64>, Vec<u64>) {
    let mut child = start(folder, first);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut written, mut revoked) = (Vec::new(), Vec::new());
    let mut killed = false;
    // After the kill, what is still in the pipe was acknowledged too.
    while let Some(Ok(line)) = lines.next() {
        match line.split_once(' ') {
            Some(("written", n)) => written.push(n.parse::<u64>().unwrap()),
            Some(("revoked", n)) => revoked.push(n.parse::<u64>().unwrap()),
            None if line == "opening" => {}
            _ => continue,
        }
        if !killed && (written.len() + revoked.len()) as u64 >= life {
            child.kill().unwrap();
            killed = true;
        }
    }
    let status = child.wait().unwrap();
    assert!(killed, "the child ended by itself: {status}");
    (written, revoked)
}

/// What stays from round to round.
#[derive(Default)]
struct Ledger {
    voyages: u64,
    head: u64,
    acknowledged: u64,
}

fn verify(reader: &Reader<'_>, first: u64, told: &(Vec<u64>, Vec<u64>), ledger: &mut Ledger) -> Result<(), StoreError> {
    let one = Page { page: 1, per_page: 1 };
    let idp = numbered(1);
    let voyages = reader.list_users(&UserFilter::default(), one)?.total;
    assert_eq!(reader.list_provisioned(&idp, ResourceKind::User, 0, 1)?.total, voyages, "users");
    assert_eq!(reader.list_provisioned(&idp, ResourceKind::Group, 0, 1)?.total, voyages, "groups");
    assert_eq!(reader.list_audit(one)?.total, voyages, "audit");

    let (written, revoked) = told;
    for n in written {
        assert!(inspect(reader, *n)?.is_some(), "voyage {n} was acknowledged and is gone");
    }
    for n in revoked {
        assert_eq!(inspect(reader, *n)?, Some(true), "revoking {n} was acknowledged and is gone");
    }
    // Those that were committed but not acknowledged before the kill: whole as well. At most one a writer.
    let newest = written.iter().max().map_or(first, |n| n + 1) + 2 * WRITERS as u64;
    let (mut found, mut ended) = (0, 0);
    for n in first..newest {
        if let Some(revoked) = inspect(reader, n)? {
            found += 1;
            ended += u64::from(revoked);
        }
    }
    assert_eq!(voyages, ledger.voyages + found, "earlier voyages are all there, and no others");

    let changes = reader.changes_after(ledger.head, u32::MAX)?;
    let head = reader.head()?;
    assert!(changes.iter().map(|c| c.seq).eq(ledger.head + 1..=head), "the feed has no gap");
    let count = |wanted: fn(&ChangeKind) -> bool| changes.iter().filter(|c| wanted(&c.kind)).count() as u64;
    assert_eq!(count(|k| matches!(k, ChangeKind::SessionStarted { .. })), found, "each voyage is in the feed once");
    assert_eq!(count(|k| matches!(k, ChangeKind::UserRevoked { .. })), ended, "each revocation is in the feed once");
    ledger.head = head;
    ledger.voyages = voyages;
    ledger.acknowledged += (written.len() + revoked.len()) as u64;
    Ok(())
}

#[test]
fn a_kill_during_the_first_start_leaves_a_folder_that_opens() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..8 {
        let folder = Folder::new();
        live_and_die(folder.path(), 0, 0);
        runtime.block_on(async {
            let store = harbour_works(folder.path()).await;
            assert_eq!(store.snapshot().account.name, "Harbour Works");
            store.write(|tx| voyage(tx, 1)).await.unwrap();
        });
    }
}

#[test]
fn fifty_kills_under_load_lose_nothing_and_leave_nothing_half_done() {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begin = Instant::now();
    let mut ledger = Ledger::default();
    for kill in 0..KILLS {
        let first = kill * RANGE;
        // Every tenth dies while it is starting, the others at a random moment of their work.
        let life = if kill.is_multiple_of(10) { 0 } else { rand::random_range(1..=LONGEST_LIFE) };
        let told = live_and_die(folder.path(), first, life);
        ledger = runtime.block_on(async {
            let store = harbour_works(folder.path()).await;
            let mut ledger = ledger;
            store
                .read(move |reader| {
                    verify(reader, first, &told, &mut ledger)?;
                    Ok(ledger)
                })
                .await
                .unwrap()
        });
    }
    let Ledger { voyages, head, acknowledged } = ledger;
    println!("{KILLS} kills in {:?}: {acknowledged} acknowledged writes, {voyages} voyages, {head} changes", begin.elapsed());
    assert!(acknowledged > KILLS, "the children worked");
}
