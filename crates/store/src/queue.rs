//! What waits for the writer: mutations in two lanes, orders to the writer itself, and recorded decisions.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use model::log::AccessDecision;
use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{Follower, StoreError, Tx, error::WriterError};

/// Mutations that may wait, revocations apart.
const NORMAL_PLACES: usize = 4_096;
/// Revocations that may wait.
const URGENT_PLACES: usize = 1_024;
/// Decisions that may wait; more are dropped and counted.
const RECORD_PLACES: usize = 8_192;
/// Decisions written in one transaction.
pub(crate) const RECORDS_AT_ONCE: usize = 256;
/// How long a decision waits for others before it is written.
const RECORD_PATIENCE: Duration = Duration::from_millis(200);
/// When decisions have been due for so long, the writer stands still.
const RECORD_STALE: Duration = Duration::from_secs(5);
/// How long a mutation waits for a place in the queue.
const PLACE_PATIENCE: Duration = Duration::from_secs(5);

/// Which of the two queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Urgent,
    Normal,
}

/// A mutation whose kind of answer is hidden.
pub(crate) trait Mutation: Send {
    /// Runs it in its savepoint; an error (or a panic, which does not come out) means: roll the savepoint back.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()>;
    /// Answers, after the commit or the failure of all.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A mutation in the queue; the place it takes is free again when it is answered.
pub(crate) struct Job {
    pub mutation: Box<dyn Mutation>,
    _place: OwnedSemaphorePermit,
}

/// An order to the writer, carried out between two transactions.
pub(crate) enum Order {
    /// Start following.
    Follow(Box<dyn Follower>, oneshot::Sender<Result<(), StoreError>>),
    /// Write every recorded decision.
    Flush(oneshot::Sender<Result<(), StoreError>>),
    /// Let another process write.
    HandOver(oneshot::Sender<Result<(), StoreError>>),
    /// Write again, after the other process gave it up.
    TakeBack(oneshot::Sender<Result<(), StoreError>>),
}

/// What the writer does next.
pub(crate) enum Work {
    Order(Order),
    Mutations,
    Records,
    /// Nothing, for as long as the writer said that it would wait.
    Nothing,
    Stop,
}

/// A decision in the queue.
pub(crate) enum Recorded {
    /// As it is written.
    Made(Box<AccessDecision>),
    /// Explained by the writer only: off the way of the request that it is about.
    Later(Box<dyn FnOnce() -> AccessDecision + Send>),
}

impl Recorded {
    /// The decision; `None` when explaining it panicked.
    fn made(self) -> Option<AccessDecision> {
        match self {
            Self::Made(decision) => Some(*decision),
            Self::Later(make) => catch_unwind(AssertUnwindSafe(make)).ok(),
        }
    }
}

pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    normal_places: Arc<Semaphore>,
    urgent_places: Arc<Semaphore>,
}

struct Waiting {
    urgent: VecDeque<Job>,
    normal: VecDeque<Job>,
    orders: VecDeque<Order>,
    records: VecDeque<Recorded>,
    dropped: u64,
    /// When the records are due; `None` while there are none.
    records_due: Option<Instant>,
    closed: bool,
}

impl Queue {
    pub fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                urgent: VecDeque::new(),
                normal: VecDeque::new(),
                orders: VecDeque::new(),
                records: VecDeque::new(),
                dropped: 0,
                records_due: None,
                closed: false,
            }),
            wake: Condvar::new(),
            normal_places: Arc::new(Semaphore::new(NORMAL_PLACES)),
            urgent_places: Arc::new(Semaphore::new(URGENT_PLACES)),
        }
    }

    /// Puts a mutation into a lane as soon as there is a place; `Full` when none comes free in time.
    pub async fn submit(&self, lane: Lane, mutation: Box<dyn Mutation>) -> Result<(), StoreError> {
        let places = match lane {
            Lane::Urgent => &self.urgent_places,
            Lane::Normal => &self.normal_places,
        };
        let place = match Arc::clone(places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => tokio::time::timeout(PLACE_PATIENCE, Arc::clone(places).acquire_owned())
                .await
                .map_err(|_| StoreError::Full)?
                .map_err(|_| closed())?,
        };
        let job = Job { mutation, _place: place };
        self.put(|waiting| match lane {
            Lane::Urgent => waiting.urgent.push_back(job),
            Lane::Normal => waiting.normal.push_back(job),
        })
    }
    pub fn order(&self, order: Order) -> Result<(), StoreError> {
        self.put(|waiting| waiting.orders.push_back(order))
    }
    fn put(&self, put: impl FnOnce(&mut Waiting)) -> Result<(), StoreError> {
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return Err(closed());
        }
        put(&mut waiting);
        self.wake.notify_one();
        Ok(())
    }

    /// Takes a decision without waiting; one too many is dropped and counted.
    pub fn record(&self, decision: Recorded) {
        let mut waiting = self.waiting.lock();
        if waiting.closed || waiting.records.len() >= RECORD_PLACES {
            waiting.dropped += 1;
            return;
        }
        waiting.records.push_back(decision);
        if waiting.records_due.is_none() {
            waiting.records_due = Some(Instant::now() + RECORD_PATIENCE);
            self.wake.notify_one();
        } else if waiting.records.len() == RECORDS_AT_ONCE {
            self.wake.notify_one();
        }
    }
    /// True while there is a place for one more.
    pub fn takes_records(&self) -> bool {
        let waiting = self.waiting.lock();
        let stuck = waiting.records_due.is_some_and(|due| due.elapsed() > RECORD_STALE);
        !waiting.closed && !stuck && waiting.records.len() < RECORD_PLACES
    }
    pub fn dropped(&self) -> u64 {
        self.waiting.lock().dropped
    }
    /// No more is taken; the writer stops when what waits is done.
    pub fn close(&self) {
        self.waiting.lock().closed = true;
        self.normal_places.close();
        self.urgent_places.close();
        self.wake.notify_one();
    }

    /// Waits for work. Mutations take waiting decisions along, so those have a turn of their own only when nothing else is there.
    pub fn next(&self, until: Option<Instant>) -> Work {
        let mut waiting = self.waiting.lock();
        loop {
            if let Some(order) = waiting.orders.pop_front() {
                return Work::Order(order);
            }
            if !waiting.urgent.is_empty() || !waiting.normal.is_empty() {
                return Work::Mutations;
            }
            let Some(due) = waiting.records_due else {
                if waiting.closed {
                    return Work::Stop;
                }
                match until {
                    None => self.wake.wait(&mut waiting),
                    Some(until) if until <= Instant::now() => return Work::Nothing,
                    Some(until) => drop(self.wake.wait_until(&mut waiting, until)),
                }
                continue;
            };
            if waiting.closed || waiting.records.len() >= RECORDS_AT_ONCE || due <= Instant::now() {
                return Work::Records;
            }
            let _ = self.wake.wait_until(&mut waiting, due);
        }
    }
    /// The next mutation, urgent ones first.
    pub fn pop(&self) -> Option<Job> {
        let mut waiting = self.waiting.lock();
        waiting.urgent.pop_front().or_else(|| waiting.normal.pop_front())
    }
    /// Whether a mutation waits.
    pub fn mutations_wait(&self) -> bool {
        let waiting = self.waiting.lock();
        !waiting.urgent.is_empty() || !waiting.normal.is_empty()
    }
    /// How many decisions wait.
    pub fn mutations_waiting(&self) -> usize {
        let waiting = self.waiting.lock();
        waiting.urgent.len() + waiting.normal.len()
    }
    pub fn records_waiting(&self) -> usize {
        self.waiting.lock().records.len()
    }
    /// Takes decisions out to write them.
    pub fn take_records(&self) -> Vec<AccessDecision> {
        let mut waiting = self.waiting.lock();
        let count = waiting.records.len().min(RECORDS_AT_ONCE);
        let taken: Vec<Recorded> = waiting.records.drain(..count).collect();
        waiting.records_due = (!waiting.records.is_empty()).then(Instant::now);
        // Explaining takes its time: not under the lock, which requests wait for.
        drop(waiting);
        let made: Vec<AccessDecision> = taken.into_iter().filter_map(Recorded::made).collect();
        if made.len() < count {
            self.waiting.lock().dropped += (count - made.len()) as u64;
        }
        made
    }
    /// Puts decisions back that could not be written, for another attempt later; at the end they are dropped and counted.
    pub fn return_records(&self, records: Vec<AccessDecision>, pause: Duration) {
        let mut waiting = self.waiting.lock();
        let room = if waiting.closed { 0 } else { RECORD_PLACES.saturating_sub(waiting.records.len()) };
        let lost = records.len().saturating_sub(room);
        waiting.dropped += lost as u64;
        for record in records.into_iter().skip(lost).rev() {
            waiting.records.push_front(Recorded::Made(Box::new(record)));
        }
        if waiting.closed {
            waiting.dropped += waiting.records.len() as u64;
            waiting.records.clear();
        }
        waiting.records_due = (!waiting.records.is_empty()).then(|| Instant::now() + pause);
    }
    /// Drops everything that waits, which answers it: the writer is gone.
    pub fn abandon(&self) {
        self.close();
        let mut waiting = self.waiting.lock();
        waiting.dropped += waiting.records.len() as u64;
        waiting.records.clear();
        let left = (std::mem::take(&mut waiting.urgent), std::mem::take(&mut waiting.normal), std::mem::take(&mut waiting.orders));
        // Dropping a mutation drops what its closure holds: not under the lock.
        drop(waiting);
        drop(left);
    }
    /// How many mutations wait.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        let waiting = self.waiting.lock();
        waiting.urgent.len() + waiting.normal.len()
    }
}

pub(crate) fn closed() -> StoreError {
    StoreError::unavailable(WriterError::Closed)
}
