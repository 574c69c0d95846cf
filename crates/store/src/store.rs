//! The handle: what everybody does with the store.

pub mod faults;

pub use crate::writer::meter::Meter;
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use model::{Timestamp, log::AccessDecision};
use parking_lot::Mutex;
use tokio::{
    sync::{Semaphore, oneshot},
    task::spawn_blocking,
};

use crate::{
    Follower, Reader, Sealer, SealingKey, Snapshot, StoreError, Tx,
    error::WriterError,
    mutation::Write,
    open::open,
    pool::Pool,
    queue::{Lane, Order, Queue, Recorded, closed},
    statement::feed as feed_sql,
};

use faults::Faults;

/// How long a write waits while the writer stands still.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a read may take, its turn apart.
const READ_PATIENCE: Duration = Duration::from_secs(30);

/// The source of the present.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the store needs to open.
#[derive(Clone)]
pub struct Config {
    /// Folder of the database; made (0700) when it is missing.
    pub path: PathBuf,
    /// Seals secrets at rest.
    pub sealing_key: SealingKey,
    /// The present.
    pub now: Clock,
    /// Memory for pages of the database, of all connections together.
    pub cache: CacheSize,
}

/// Memory in which pages of the database are kept, in mebibytes. They fill as pages are read and written, and stay full: two thirds are the
/// writer's, the rest is shared out among the readers. The database's log and statements take a few more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSize(u32);

impl CacheSize {
    /// Less than that, and every write would read its pages anew.
    pub const LEAST: u32 = 12;
    /// More than any database is worth.
    pub const MOST: u32 = 65_536;

    /// So many mebibytes, within the bounds.
    pub const fn mebibytes(n: u32) -> Self {
        if n < Self::LEAST {
            Self(Self::LEAST)
        } else if n > Self::MOST {
            Self(Self::MOST)
        } else {
            Self(n)
        }
    }
    /// Of the writer, in kibibytes.
    pub(crate) const fn of_writer(self) -> u32 {
        self.0 * 1024 / 3 * 2
    }
    /// Of each of so many readers, in kibibytes.
    pub(crate) const fn of_reader(self, readers: u32) -> u32 {
        self.0 * 1024 / 3 / readers
    }
}

impl Default for CacheSize {
    /// The upper part of every index at a million people: 128 MiB for the writer and 16 MiB for each reader.
    fn default() -> Self {
        Self(192)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What handle, writer and readers have in common.
pub(crate) struct Parts {
    pub queue: Queue,
    pub pool: Pool,
    pub current: ArcSwap<Snapshot>,
    pub sealer: Sealer,
    pub now: Clock,
    /// One backup at a time.
    pub backups: Arc<Semaphore>,
    /// What the writer did.
    pub meter: Meter,
    /// Commits attempted.
    pub commits: AtomicU64,
    /// The last commit worked.
    pub writable: AtomicBool,
    /// Goes up whenever the writer did something: it does not stand still.
    pub steps: AtomicU64,
    pub faults: Faults,
    /// A follower failed for good: no more writes.
    pub broken: AtomicBool,
    /// The writer's thread has ended.
    pub stopped: AtomicBool,
}

/// The store. Cheap to clone; the last one dropped finishes the queue and stops the writer.
#[derive(Clone)]
pub struct Store(Arc<Handle>);

struct Handle {
    parts: Arc<Parts>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Store {
    /// Opens the database in a folder, making or migrating it first. A folder that another process uses, a newer schema and a wrong
    /// sealing key are refused ([`OpenError`](crate::OpenError) as the source).
    pub async fn open(config: Config) -> Result<Self, StoreError> {
        let (parts, thread) = blocking(move || open(config)).await?;
        Ok(Self(Arc::new(Handle { parts, thread: Mutex::new(Some(thread)) })))
    }
    /// Makes the account and its organisation, with the settings of a new one; false when they are there already.
    pub async fn initialise(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(move |tx| tx.initialise(&name)).await
    }
    /// The current configuration. Costs no lock; hold it for one decision, not longer.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.parts.current.load_full()
    }
    /// The present, by the clock that the store was opened with.
    pub fn now(&self) -> Timestamp {
        (self.0.parts.now)()
    }
    /// Runs a mutation in its own savepoint of a group commit. Answered after the commit, and after every follower took it in. An error or
    /// a panic of the closure rolls back this mutation alone; a failed commit answers `Unavailable`, and nothing of it is kept.
    pub async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.submit(Lane::Normal, f).await
    }
    /// The same ahead of everything that waits: revocations.
    pub async fn write_first<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.submit(Lane::Urgent, f).await
    }
    async fn submit<T: Send + 'static>(
        &self,
        lane: Lane,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (write, mut answer) = Write::new(f, lane);
        let unwanted = write.unwanted();
        self.0.parts.queue.submit(lane, Box::new(write)).await?;
        let answer = self.answered(&mut answer).await;
        if answer.is_none() {
            unwanted.store(true, Ordering::Release);
        }
        answer.unwrap_or_else(|| Err(StoreError::unavailable(WriterError::StandsStill)))
    }
    /// The writer's answer; `None` when it stands still. However long its queue is: only standing still is not waited for.
    async fn answered<T>(&self, answer: &mut oneshot::Receiver<Result<T, StoreError>>) -> Option<Result<T, StoreError>> {
        let parts = &self.0.parts;
        let mut last = (parts.steps.load(Ordering::Acquire), Instant::now());
        loop {
            let patience = parts.faults.patience(PATIENCE);
            if let Ok(answered) = tokio::time::timeout(patience, &mut *answer).await {
                return Some(answered.unwrap_or_else(|_| Err(closed())));
            }
            let steps = parts.steps.load(Ordering::Acquire);
            if steps != last.0 {
                last = (steps, Instant::now());
            // The clock of timers may be another one than that of disks.
            } else if last.1.elapsed() >= patience {
                return None;
            }
        }
    }
    /// Reads at one consistent point, on a blocking thread. Sees every write that was acknowledged before.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let parts = Arc::clone(&self.0.parts);
        let turn = parts.pool.turn().await?;
        let patience = parts.faults.patience(READ_PATIENCE);
        let read = blocking(move || {
            let read = parts.faults.begin().and_then(|()| parts.pool.read(parts.sealer.rings(), f));
            drop(turn);
            read
        });
        let (mut read, begin) = (std::pin::pin!(read), Instant::now());
        loop {
            match tokio::time::timeout(patience, &mut read).await {
                Ok(read) => return read,
                Err(_) if begin.elapsed() < patience => {}
                Err(_) => return Err(StoreError::unavailable(WriterError::StandsStill)),
            }
        }
    }
    /// Starts a follower: `load` at a consistent point, then `apply` for each batch, in order, on the writer's thread, before the writes
    /// of the batch are acknowledged.
    pub async fn follow(&self, follower: Box<dyn Follower>) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.parts.queue.order(Order::Follow(follower, reply))?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
    /// Hands a decision to the access log. Never waits: when too many wait already, it is dropped and counted.
    pub fn record(&self, decision: AccessDecision) {
        self.0.parts.queue.record(Recorded::Made(Box::new(decision)));
    }
    /// The same for one that is put together by the writer, off the way of the request that it is about.
    pub fn record_later(&self, make: impl FnOnce() -> AccessDecision + Send + 'static) {
        self.0.parts.queue.record(Recorded::Later(Box::new(make)));
    }
    /// False while decisions cannot be written down: the last commit failed, or more wait than are kept.
    pub fn takes_records(&self) -> bool {
        let parts = &self.0.parts;
        parts.writable.load(Ordering::Acquire) && !parts.broken.load(Ordering::Acquire) && parts.queue.takes_records()
    }
    /// The switch that makes the database fail.
    #[cfg(feature = "faults")]
    pub fn faults(&self) -> &Faults {
        &self.0.parts.faults
    }
    /// Decisions that were dropped since the store was opened.
    pub fn dropped_records(&self) -> u64 {
        self.0.parts.queue.dropped()
    }
    /// Returns when every decision recorded so far can be read.
    pub async fn flush_records(&self) -> Result<(), StoreError> {
        let (reply, mut answer) = oneshot::channel();
        self.0.parts.queue.order(Order::Flush(reply))?;
        self.answered(&mut answer).await.unwrap_or_else(|| Err(StoreError::unavailable(WriterError::StandsStill)))
    }
    /// Lets another process open the database, after everything that waits was written. From then on writes answer `Unavailable`, reads
    /// and recorded decisions go on, and followers are loaded anew whenever the other process changed something.
    pub async fn hand_over(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.parts.queue.order(Order::HandOver(reply))?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
    /// Writes again, after the other process gave the database up.
    pub async fn take_back(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.parts.queue.order(Order::TakeBack(reply))?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
    /// Seals, opens and hashes with this store's keys.
    pub fn sealer(&self) -> &Sealer {
        &self.0.parts.sealer
    }
    /// Transactions attempted since the store was opened; many mutations share one.
    pub fn commits(&self) -> u64 {
        self.0.parts.commits.load(Ordering::Relaxed)
    }
    /// What the writer did since the store was opened.
    pub fn meter(&self) -> &Meter {
        &self.0.parts.meter
    }
    /// Mutations that wait for the writer.
    pub fn waiting(&self) -> usize {
        self.0.parts.queue.mutations_waiting()
    }
    /// Finishes the queue, writes the log back into the database and stops the writer. Later calls answer `Unavailable`.
    pub async fn close(&self) {
        self.0.parts.queue.close();
        let thread = self.0.thread.lock().take();
        if let Some(thread) = thread {
            let joined = blocking(move || thread.join().map_err(|_| StoreError::unavailable(WriterError::Panicked))).await;
            if let Err(error) = joined {
                tracing::error!(error = &error as &dyn std::error::Error, "the writer ended badly");
            }
        }
        self.0.parts.pool.close();
    }
    /// Whether the database is read and takes writes.
    pub async fn healthy(&self) -> bool {
        let parts = &self.0.parts;
        if parts.stopped.load(Ordering::Acquire) || parts.broken.load(Ordering::Acquire) {
            return false;
        }
        if self.read(|reader| reader.head()).await.is_err() {
            return false;
        }
        // After a failed commit: try one. Else the traffic itself tells.
        parts.writable.load(Ordering::Acquire) || self.write_first(|tx| tx.run(&feed_sql::PROBE, &[])).await.is_ok()
    }
    pub(crate) fn shared(&self) -> Arc<Parts> {
        Arc::clone(&self.0.parts)
    }
    #[cfg(test)]
    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }
}
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.parts.queue.close();
        let Some(thread) = self.thread.get_mut().take() else { return };
        // A follower may hold the last handle: then this is the writer's own thread.
        if thread.thread().id() != thread::current().id() {
            let _ = thread.join();
        }
    }
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    spawn_blocking(f).await.unwrap_or_else(|error| Err(StoreError::unavailable(error)))
}
