//! The time of a world: the machine's, and as much ahead of it as a test wants.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use model::Timestamp;
use time::{Duration, OffsetDateTime};

/// A clock that doorward, the simulator and the browsers share.
#[derive(Clone, Default)]
pub struct Clock {
    ahead_secs: Arc<AtomicI64>,
}

impl Clock {
    /// The present moment.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + Duration::seconds(self.ahead_secs.load(Ordering::SeqCst))
    }

    /// The same as doorward writes it.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from(self.now())
    }

    /// Moves on.
    pub fn pass(&self, secs: i64) {
        self.ahead_secs.fetch_add(secs, Ordering::SeqCst);
    }
}
