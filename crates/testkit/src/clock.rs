//! The time of a world: the machine's, and as much ahead of it as a test wants.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use model::Timestamp;
use time::{Duration, OffsetDateTime};

/// A clock that doorward, the simulator and the browsers share.
#[derive(Clone, Default)]
pub struct Clock {
    ahead_secs: Arc<AtomicI64>,
    held: Arc<OnceLock<OffsetDateTime>>,
}

impl Clock {
    /// The present moment.
    pub fn now(&self) -> OffsetDateTime {
        self.held.get().copied().unwrap_or_else(OffsetDateTime::now_utc) + Duration::seconds(self.ahead_secs.load(Ordering::SeqCst))
    }

    /// The same as doorward writes it.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from(self.now())
    }

    /// From now on time passes by [`pass`](Self::pass) alone: where a second decides, how long a test takes must not.
    pub fn hold(&self) {
        self.held.get_or_init(OffsetDateTime::now_utc);
    }

    /// Moves on.
    pub fn pass(&self, secs: i64) {
        self.ahead_secs.fetch_add(secs, Ordering::SeqCst);
    }
}
