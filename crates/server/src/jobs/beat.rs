//! The beat of a job: its turns come at an interval until the server is told to stop.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Turns of one job. A turn that takes long delays the next ones; none is made up for.
pub(super) struct Beat {
    tick: Interval,
    stop: CancellationToken,
}

impl Beat {
    /// The first turn is at once.
    pub fn every(pause: Duration, stop: CancellationToken) -> Self {
        Self::starting(Instant::now(), pause, stop)
    }
    /// The first turn is one pause from now.
    pub fn after_each(pause: Duration, stop: CancellationToken) -> Self {
        Self::starting(Instant::now() + pause, pause, stop)
    }
    /// Waits for the next turn; false when the server stops.
    pub async fn goes_on(&mut self) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            _ = self.tick.tick() => true,
        }
    }

    fn starting(first: Instant, pause: Duration, stop: CancellationToken) -> Self {
        let mut tick = tokio::time::interval_at(first, pause);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { tick, stop }
    }
}
