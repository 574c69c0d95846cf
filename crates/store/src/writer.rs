//! The one writer: a thread that owns the write connection and turns what waits into group commits.

mod hand_over;

pub(crate) mod meter;

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use model::log::AccessDecision;
use rusqlite::Connection;

use crate::{
    Batch, Event, Follower, LiveState, Reader, Snapshot, StoreError, Tx,
    error::WriterError,
    judged::TakenApart,
    queue::{Job, Order, Work},
    statement::feed as feed_sql,
    store::Parts,
    tx::Pending,
};

/// Mutations in one transaction.
const MUTATIONS_AT_ONCE: usize = 64;
/// After how many commits the feed is trimmed a little.
const COMMITS_PER_TRIM: u64 = 256;
/// How often a database that failed is tried when nobody else does.
const PROBE_EACH: Duration = Duration::from_secs(1);
/// How long recorded decisions wait after they could not be written.
const RECORD_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    pub connection: Connection,
    pub parts: Arc<Parts>,
    pub followers: Vec<Box<dyn Follower>>,
    /// Held as long as the database is this process's.
    pub lock: Option<File>,
    /// What is known of the database while it is another process's.
    pub away: Option<hand_over::Away>,
}

/// What a transaction will have changed.
#[derive(Default)]
struct Outcome {
    pending: Vec<Pending>,
    jobs: Vec<Job>,
    records: Vec<AccessDecision>,
}

/// The end of the writer's thread, however it came: nobody waits for an answer that cannot come.
struct End(Arc<Parts>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Release);
        self.0.queue.abandon();
    }
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub fn run(mut self) {
        let _end = End(Arc::clone(&self.parts));
        loop {
            // After a failure there is something to do at least every second.
            let failed = !self.parts.writable.load(Ordering::Acquire);
            let until = self.away.as_ref().map(|away| away.look_at).or_else(|| failed.then(|| Instant::now() + PROBE_EACH));
            match self.parts.queue.next(until) {
                Work::Mutations if self.away.is_some() => self.refuse(&StoreError::unavailable(WriterError::HandedOver)),
                // They are nobody else's, and stand apart from the feed.
                Work::Records if self.away.is_some() => drop(self.flush()),
                Work::Mutations | Work::Records => self.transaction(),
                Work::Nothing if self.away.is_some() => self.look(),
                Work::Nothing => self.probe(),
                Work::Order(Order::Follow(follower, reply)) => {
                    let _ = reply.send(self.follow(follower));
                }
                Work::Order(Order::Flush(reply)) => {
                    let _ = reply.send(self.flush());
                }
                Work::Order(Order::HandOver(reply)) => {
                    let _ = reply.send(self.hand_over());
                }
                Work::Order(Order::TakeBack(reply)) => {
                    let _ = reply.send(self.take_back());
                }
                Work::Stop => break,
            }
        }
        // Saves the next start the work; the log is complete either way.
        if self.away.is_none()
            && let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "the last checkpoint failed");
        }
        drop(self.connection);
        drop(self.lock);
    }

    /// One group commit, from the first mutation to the answers.
    pub(crate) fn transaction(&mut self) {
        let began = Instant::now();
        if let Err(error) = self.begin() {
            self.parts.meter.failed.add(1);
            return self.refuse(&error);
        }
        let mut outcome = Outcome::default();
        let mut result = self.mutations(&mut outcome);
        if result.is_ok() {
            outcome.records = self.parts.queue.take_records();
            result = self.records(&outcome.records);
        }
        let batch = result.and_then(|()| self.commit(std::mem::take(&mut outcome.pending)));
        if batch.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.parts.writable.store(batch.is_ok(), Ordering::Release);
        let meter = &self.parts.meter;
        if batch.is_ok() {
            meter.commits.note(began.elapsed());
            meter.records.add(outcome.records.len() as u64);
        } else {
            meter.failed.add(1);
        }
        let answer = match batch {
            Ok(batch) => self.tell(batch),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    mutations = outcome.jobs.len(),
                    "a commit failed; nothing of it is kept"
                );
                if !outcome.records.is_empty() {
                    self.parts.queue.return_records(std::mem::take(&mut outcome.records), RECORD_PAUSE);
                }
                Err(outage(error))
            }
        };
        for job in outcome.jobs {
            job.mutation.answer(answer.clone());
        }
    }

    /// After a failure: is there room again? Nobody may write of their own accord for a long time.
    fn probe(&self) {
        let written = self.begin().and_then(|()| {
            self.reader().run(&feed_sql::PROBE, &[])?;
            self.commit(Vec::new())
        });
        if written.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.parts.writable.store(written.is_ok(), Ordering::Release);
        if written.is_ok() {
            tracing::info!("the database takes writes again");
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.step();
        self.parts.faults.begin()?;
        if self.parts.broken.load(Ordering::Acquire) {
            return Err(StoreError::unavailable(WriterError::FollowerFailed));
        }
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::unavailable)
    }
    /// Answers what waits now without having tried.
    fn refuse(&self, error: &StoreError) {
        self.parts.writable.store(false, Ordering::Release);
        tracing::error!(error = error as &dyn std::error::Error, "no transaction could be started");
        for _ in 0..MUTATIONS_AT_ONCE {
            let Some(job) = self.parts.queue.pop() else { break };
            job.mutation.answer(Err(error.clone()));
        }
        let records = self.parts.queue.take_records();
        if !records.is_empty() {
            self.parts.queue.return_records(records, RECORD_PAUSE);
        }
    }

    /// Runs mutations, each in its savepoint. An error means that the whole transaction is lost.
    fn mutations(&self, outcome: &mut Outcome) -> Result<(), StoreError> {
        while outcome.jobs.len() < MUTATIONS_AT_ONCE {
            let Some(mut job) = self.parts.queue.pop() else { break };
            self.savepoint("SAVEPOINT mutation")?;
            let mut tx = Tx::new(self.reader(), (self.parts.now)());
            self.step();
            let done = job.mutation.run(&mut tx);
            let pending = tx.into_pending();
            outcome.jobs.push(job);
            // Some errors of the engine (a full disk, for one) end the whole transaction.
            if self.connection.is_autocommit() {
                return Err(StoreError::unavailable(WriterError::LostTransaction));
            }
            if done.is_ok() {
                outcome.pending.extend(pending);
            } else {
                self.savepoint("ROLLBACK TO mutation")?;
            }
            self.savepoint("RELEASE mutation")?;
        }
        Ok(())
    }
    /// Writes recorded decisions; one that cannot be written spoils only itself.
    fn records(&self, records: &[AccessDecision]) -> Result<(), StoreError> {
        let (reader, mut people) = (self.reader(), TakenApart::default());
        for record in records {
            self.savepoint("SAVEPOINT record")?;
            if let Err(error) = reader.write_decision(record, &mut people) {
                if self.connection.is_autocommit() {
                    return Err(StoreError::unavailable(WriterError::LostTransaction));
                }
                if error.is_outage() {
                    return Err(error);
                }
                self.savepoint("ROLLBACK TO record")?;
            }
            self.savepoint("RELEASE record")?;
        }
        Ok(())
    }

    /// Numbers the changes, prepares the next snapshot and commits. `None` when there is nothing to tell.
    fn commit(&self, pending: Vec<Pending>) -> Result<Option<Batch>, StoreError> {
        let reader = self.reader();
        let commits = self.parts.commits.fetch_add(1, Ordering::Relaxed);
        if commits % COMMITS_PER_TRIM == COMMITS_PER_TRIM - 1 {
            reader.trim((self.parts.now)())?;
        }
        let changes = reader.append(&pending)?;
        let mut events = Vec::with_capacity(pending.len());
        let mut deltas = Vec::new();
        let mut version = 0;
        for (pending, change) in pending.into_iter().zip(&changes) {
            if let Some(delta) = pending.delta {
                deltas.push(delta);
                version = change.seq;
            }
            events.extend(pending.event);
        }
        let mut snapshot = self.parts.current.load_full();
        if !deltas.is_empty() {
            snapshot = Arc::new(snapshot.with(deltas.into_iter(), version, (self.parts.now)()));
            events.insert(0, Event::Config);
        }
        self.parts.faults.commit()?;
        self.connection.execute_batch("COMMIT").map_err(StoreError::unavailable)?;
        self.step();
        Ok((!changes.is_empty()).then_some(Batch { changes, events, snapshot }))
    }
    /// Publishes what was committed. An error means that it is kept, but that not everybody could be told.
    fn tell(&mut self, batch: Option<Batch>) -> Result<(), StoreError> {
        let Some(batch) = batch else { return Ok(()) };
        let committed = Instant::now();
        if matches!(batch.events.first(), Some(Event::Config)) {
            self.parts.current.store(Arc::clone(&batch.snapshot));
        }
        let mut failed = Vec::new();
        for (at, follower) in self.followers.iter_mut().enumerate() {
            if catch_unwind(AssertUnwindSafe(|| follower.apply(&batch))).is_err() {
                failed.push(at);
            }
        }
        self.parts.meter.applied.note(committed.elapsed());
        failed.into_iter().try_for_each(|at| self.mend(at))
    }
    /// Loads a follower anew that panicked. When that fails too, writes stop: nobody may believe that a revocation took effect.
    fn mend(&mut self, at: usize) -> Result<(), StoreError> {
        tracing::error!("a follower of the feed panicked; it is loaded anew");
        let live = self.live();
        let mended = live.is_ok_and(|live| catch_unwind(AssertUnwindSafe(|| self.followers[at].load(&live))).is_ok());
        if mended {
            return Ok(());
        }
        self.parts.broken.store(true, Ordering::Release);
        Err(StoreError::unavailable(WriterError::FollowerFailed))
    }

    fn follow(&mut self, mut follower: Box<dyn Follower>) -> Result<(), StoreError> {
        let live = self.live()?;
        catch_unwind(AssertUnwindSafe(|| follower.load(&live))).map_err(|_| StoreError::unavailable(WriterError::FollowerFailed))?;
        self.followers.push(follower);
        Ok(())
    }
    pub(crate) fn live(&self) -> Result<LiveState, StoreError> {
        let reader = self.reader();
        let snapshot: Arc<Snapshot> = self.parts.current.load_full();
        Ok(LiveState {
            seq: reader.head()?,
            sessions: reader.live_sessions((self.parts.now)(), snapshot.account.generation)?,
            users: reader.everybody()?,
            grants: reader.all_grants((self.parts.now)())?,
            purposes: reader.purposes()?,
            snapshot,
        })
    }
    /// Writes what waits now. What comes in meanwhile waits for its own turn: a flood of decisions must not hold up revocations.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let mut left = self.parts.queue.records_waiting();
        while left > 0 {
            let records = self.parts.queue.take_records();
            if records.is_empty() {
                break;
            }
            left = left.saturating_sub(records.len());
            let written = self.begin().and_then(|()| self.records(&records)).and_then(|()| self.commit(Vec::new()));
            if let Err(error) = written {
                if !self.connection.is_autocommit() {
                    let _ = self.connection.execute_batch("ROLLBACK");
                }
                self.parts.queue.return_records(records, RECORD_PAUSE);
                return Err(outage(error));
            }
        }
        Ok(())
    }

    fn step(&self) {
        self.parts.steps.fetch_add(1, Ordering::AcqRel);
    }
    fn savepoint(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(StoreError::unavailable)
    }
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.connection, self.parts.sealer.rings())
    }
}

/// Whatever stopped the commit, to those who waited for it the store was not available.
fn outage(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { .. } => error,
        other => StoreError::unavailable(other),
    }
}

#[cfg(test)]
mod tests;
