//! When a session was last used: told by every request at the price of two memory accesses, noted in the store now and then.

use std::sync::atomic::{AtomicI64, Ordering};

use model::Timestamp;

use super::LiveSession;

/// Requests of one minute count as one: so the line of memory stays clean in the caches of the others.
const GRAIN_MS: i64 = 60_000;

/// Milliseconds since the epoch, both.
#[derive(Debug)]
pub(super) struct Usage {
    seen: AtomicI64,
    noted: AtomicI64,
}

impl Usage {
    /// A session that began then, which the store knows.
    pub(super) const fn since(begin: Timestamp) -> Self {
        Self { seen: AtomicI64::new(begin.millis()), noted: AtomicI64::new(begin.millis()) }
    }
    pub(super) fn is_due(&self, least_secs: i64) -> bool {
        let (seen, noted) = (self.seen.load(Ordering::Relaxed), self.noted.load(Ordering::Relaxed));
        seen > noted && seen - noted >= least_secs.saturating_mul(1000)
    }
}

impl LiveSession {
    /// A request was let through.
    pub(crate) fn used(&self, now: Timestamp) {
        if now.millis() - self.usage.seen.load(Ordering::Relaxed) >= GRAIN_MS {
            self.usage.seen.store(now.millis(), Ordering::Relaxed);
        }
    }
    /// When the last request was let through, to the minute; else when the session began.
    pub fn seen_at(&self) -> Timestamp {
        Timestamp::from_millis(self.usage.seen.load(Ordering::Relaxed))
    }
    /// The store knows.
    pub(crate) fn noted(&self) {
        self.usage.noted.store(self.usage.seen.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}
