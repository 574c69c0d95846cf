//! Places that get the lines, each on a thread of its own: what is taken from the queue, and what happens when writing fails.

mod file;
mod push;
mod stream;
mod syslog;

pub(crate) use push::read_headers;

use std::{
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use super::{
    AccessLogError,
    queue::{Batch, Next, Tally},
};
use crate::config::AccessTarget;

/// Most bytes written in one go.
const AT_ONCE: usize = 1 << 20;
/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How soon a thread that gathers notices that the server stops.
const LOOK: Duration = Duration::from_millis(50);
/// A failure that goes on is told so often.
const TOLD_EACH: Duration = Duration::from_secs(60);

/// What all places listen to.
#[derive(Default)]
pub(super) struct Signals {
    reopened: AtomicU64,
    closing: Mutex<bool>,
    closed: Condvar,
}

impl Signals {
    pub(super) fn reopen(&self) {
        self.reopened.fetch_add(1, Relaxed);
    }
    pub(super) fn close(&self) {
        *self.closing.lock() = true;
        self.closed.notify_all();
    }
    fn is_closing(&self) -> bool {
        *self.closing.lock()
    }
    /// Waits; false when the server stops: there is no later then.
    fn pause(&self, time: Duration) -> bool {
        let mut closing = self.closing.lock();
        if !*closing {
            self.closed.wait_for(&mut closing, time);
        }
        !*closing
    }
}

/// Why batches were not written.
enum Failure {
    /// It may work later: nothing of this is lost yet.
    Later(String),
    /// It will not work: these lines are lost.
    Lost(String),
}

/// A place that was opened.
pub(super) enum Opened {
    File(file::File),
    Stream(stream::Stream),
    Syslog(Box<syslog::Syslog>),
    Push(Box<push::Push>),
}

impl Opened {
    pub(super) fn open(target: &AccessTarget, client: &idp::Client) -> Result<Self, AccessLogError> {
        Ok(match target {
            AccessTarget::Stdout => Self::Stream(stream::Stream::Stdout),
            AccessTarget::Stderr => Self::Stream(stream::Stream::Stderr),
            AccessTarget::File { path, rotate_bytes, keep } => Self::File(file::File::open(path, *rotate_bytes, *keep)?),
            AccessTarget::Syslog { address, facility } => Self::Syslog(Box::new(syslog::Syslog::open(address, *facility)?)),
            AccessTarget::Push { url, headers_file } => {
                Self::Push(Box::new(push::Push::open(url, headers_file.as_deref(), client.clone())?))
            }
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Stream(stream::Stream::Stdout) => "stdout",
            Self::Stream(stream::Stream::Stderr) => "stderr",
            Self::Syslog(_) => "syslog",
            Self::Push(_) => "push",
        }
    }

    /// How long the first line waits for others.
    fn linger(&self) -> Duration {
        if matches!(self, Self::Push(_)) { Duration::from_secs(1) } else { Duration::ZERO }
    }

    fn write(&mut self, batches: &[Batch], signals: &Signals, control: &tokio::runtime::Handle) -> Result<(), Failure> {
        match self {
            Self::File(file) => file.write(batches, signals.reopened.load(Relaxed)),
            Self::Stream(stream) => stream.write(batches),
            Self::Syslog(syslog) => syslog.write(batches),
            Self::Push(push) => push.write(batches, control),
        }
    }

    /// Writes what comes until the end.
    pub(super) fn run(mut self, queue: &Receiver<Next>, tally: &Tally, signals: &Signals, control: &tokio::runtime::Handle) {
        let mut trouble = Trouble::default();
        let mut goes_on = true;
        while goes_on && let Ok(Some(first)) = queue.recv() {
            let batches;
            (batches, goes_on) = gather(first, queue, self.linger(), signals);
            let mut wait = FIRST_WAIT;
            let is_written = loop {
                match self.write(&batches, signals, control) {
                    Ok(()) => {
                        trouble.over(tally.name());
                        break true;
                    }
                    Err(Failure::Lost(why)) => {
                        trouble.told(tally, &why);
                        break false;
                    }
                    Err(Failure::Later(why)) => {
                        trouble.told(tally, &why);
                        if !signals.pause(wait) {
                            break false;
                        }
                        wait = (wait * 2).min(LONGEST_WAIT);
                    }
                }
            };
            batches.iter().for_each(|batch| tally.done(batch, is_written));
        }
    }
}

/// What waits already, and what comes within the time given for that; false when nothing comes after it.
fn gather(first: Batch, queue: &Receiver<Next>, linger: Duration, signals: &Signals) -> (Vec<Batch>, bool) {
    let end = Instant::now() + linger;
    let mut size = first.bytes.len();
    let mut batches = vec![first];
    while size < AT_ONCE {
        let left = if signals.is_closing() { Duration::ZERO } else { end.saturating_duration_since(Instant::now()).min(LOOK) };
        match queue.recv_timeout(left) {
            Ok(None) => return (batches, false),
            Ok(Some(batch)) => {
                size += batch.bytes.len();
                batches.push(batch);
            }
            Err(RecvTimeoutError::Timeout) if !signals.is_closing() && Instant::now() < end => {}
            Err(_) => break,
        }
    }
    (batches, true)
}

/// A failure that goes on is told now and then, not with each batch.
#[derive(Default)]
struct Trouble {
    told: Option<Instant>,
}

impl Trouble {
    fn told(&mut self, tally: &Tally, why: &str) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EACH) {
            self.told = Some(Instant::now());
            let (place, dropped, waiting) = (tally.name(), tally.dropped(), tally.waiting_lines());
            tracing::warn!(place, dropped, waiting, error = why, "lines of the access log could not be written");
        }
    }
    fn over(&mut self, place: &'static str) {
        if self.told.take().is_some() {
            tracing::info!(place, "lines of the access log are written again");
        }
    }
}
