//! Runs of the policy tester: everybody who is known judged by policies that need not be in force, in the background, a piece at a time.
//!
//! Results are kept in memory, of a bounded number of runs, until the server stops or newer runs need the place.

mod run;
mod written;

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use guard::trial::{Origin, Trial};
use model::{PolicyTestId, Timestamp, access_policy::AccessPolicy};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use run::{Who, candidates, shown, tried};

use self::written::Written;
use crate::{error::ApiError, state::ApiState};

/// Runs whose results are kept.
const KEPT: usize = 16;
/// Runs that may be under way or wait for their turn.
const UNFINISHED: usize = 4;
/// Replays of the log that may be under way: each holds two compiled configurations and what it found.
const REPLAYS: usize = 2;
/// Longest time of a run.
const LONGEST: Duration = Duration::from_secs(600);

/// All runs of the policy tester.
#[derive(Clone)]
pub(crate) struct Trials {
    runs: Arc<Mutex<VecDeque<Arc<Run>>>>,
    turn: Arc<Semaphore>,
    replays: Arc<Semaphore>,
    written: Arc<Mutex<Written>>,
}

/// One run.
pub(crate) struct Run {
    pub id: PolicyTestId,
    pub policies: Vec<Arc<AccessPolicy>>,
    /// Who began it, as the audit log names them.
    pub by: String,
    ended: AtomicBool,
    progress: Mutex<Progress>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Under way, or waiting for its turn.
    Processing,
    /// Everybody was judged.
    Complete,
    /// It took too long, and stopped.
    ExceededTime,
    /// The store failed, and it stopped.
    Blocked,
}

/// Somebody's result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judgement {
    pub origin: Origin,
    pub trial: Trial,
}

struct Progress {
    state: State,
    total: u64,
    done: Vec<Judgement>,
}

/// The numbers of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub state: State,
    pub total: u64,
    pub approved: u64,
    pub blocked: u64,
    pub undecided: u64,
}

impl Default for Trials {
    fn default() -> Self {
        let (turn, replays) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(REPLAYS)));
        Self { runs: Arc::default(), turn, replays, written: Arc::default() }
    }
}

impl Trials {
    /// Begins a run; refused while too many are under way.
    pub(crate) fn begin(&self, state: &ApiState, policies: Vec<Arc<AccessPolicy>>, by: String) -> Result<Arc<Run>, ApiError> {
        let progress = Mutex::new(Progress { state: State::Processing, total: 0, done: Vec::new() });
        let run = Arc::new(Run { id: PolicyTestId::random(), policies, by, ended: AtomicBool::new(false), progress });
        {
            let mut runs = self.runs.lock();
            if runs.iter().filter(|run| run.counts().state == State::Processing).count() >= UNFINISHED {
                return Err(ApiError::Conflict(format!("{UNFINISHED} policy tests are under way: wait until one of them is complete")));
            }
            if runs.len() >= KEPT
                && let Some(place) = runs.iter().position(|run| run.counts().state != State::Processing)
            {
                runs.remove(place);
            }
            runs.push_back(Arc::clone(&run));
        }
        let (task, turn, state) = (Arc::clone(&run), Arc::clone(&self.turn), state.clone());
        tokio::spawn(async move {
            let _alone = turn.acquire_owned().await;
            let ended = match tokio::time::timeout(LONGEST, run::everybody(&state, &task)).await {
                Ok(Ok(())) => State::Complete,
                Ok(Err(error)) => {
                    tracing::error!(error = %error, "a policy test could not be carried on");
                    State::Blocked
                }
                Err(_) => State::ExceededTime,
            };
            task.progress.lock().state = ended;
        });
        Ok(run)
    }

    /// Whether a run of these policies goes into the audit log: the first one of somebody who tries them again and again while editing.
    pub(crate) fn is_news(&self, by: &str, names: &[String], now: Timestamp) -> bool {
        self.written.lock().is_news(by, names, now)
    }
    /// It went there.
    pub(crate) fn was_written(&self, by: &str, names: &[String], now: Timestamp) {
        self.written.lock().note(by, names, now);
    }
    /// A place for a replay of the log, until it is dropped; refused while all are taken.
    pub(crate) fn replay(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let busy = |_| ApiError::Conflict(format!("{REPLAYS} replays are under way: wait until one of them is complete"));
        Arc::clone(&self.replays).try_acquire_owned().map_err(busy)
    }
    /// Ends a run and forgets it: what nobody waits for any more takes nobody's turn.
    pub(crate) fn end(&self, id: &PolicyTestId) {
        let mut runs = self.runs.lock();
        if let Some(place) = runs.iter().position(|run| run.id == *id)
            && let Some(run) = runs.remove(place)
        {
            run.ended.store(true, Ordering::Relaxed);
        }
    }
    /// A run that is kept.
    pub(crate) fn get(&self, id: &PolicyTestId) -> Option<Arc<Run>> {
        self.runs.lock().iter().find(|run| run.id == *id).cloned()
    }
}

impl Run {
    /// The numbers as they stand.
    pub(crate) fn counts(&self) -> Counts {
        let progress = self.progress.lock();
        let of = |trial| progress.done.iter().filter(|judged| judged.trial == trial).count() as u64;
        Counts {
            state: progress.state,
            total: progress.total.max(progress.done.len() as u64),
            approved: of(Trial::Approved),
            blocked: of(Trial::Blocked),
            undecided: of(Trial::Undecided),
        }
    }
    /// A stretch of the results with this verdict, and how many have it.
    pub(crate) fn results(&self, wanted: Option<Trial>, offset: u64, limit: u64) -> (Vec<Judgement>, u64) {
        let progress = self.progress.lock();
        let fits = progress.done.iter().filter(|judged| wanted.is_none_or(|wanted| judged.trial == wanted));
        let total = fits.clone().count() as u64;
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        (fits.skip(size(offset)).take(size(limit)).copied().collect(), total)
    }
    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
    fn expect(&self, total: u64) {
        self.progress.lock().total = total;
    }
    fn add(&self, judged: Vec<Judgement>) {
        self.progress.lock().done.extend(judged);
    }
}

/// A rest after each piece of work, as long as that took: half of one reader at most is taken from everybody else.
async fn rest(since: Instant) {
    tokio::time::sleep(since.elapsed().min(Duration::from_millis(200))).await;
}
