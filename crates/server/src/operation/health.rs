//! `/live`: do the serving threads still turn? `/ready`: may requests be sent here? JSON with the reasons, 200 or 503.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::{
    certificates::Certificates,
    limits::{Level, Pressure},
};

/// A thread that has not turned for so long stands still.
const STANDS_STILL: Duration = Duration::from_secs(10);
/// The store has so long to answer.
const STORE_TIME: Duration = Duration::from_secs(2);

/// When each serving thread last turned. Threads beat about once a second.
pub(crate) struct Beats {
    began: Instant,
    threads: Vec<AtomicU64>,
}

impl Beats {
    /// So many threads, which count from now.
    pub(crate) fn of(threads: usize) -> Arc<Self> {
        Arc::new(Self { began: Instant::now(), threads: (0..threads).map(|_| AtomicU64::new(0)).collect() })
    }

    /// A thread turned.
    pub(crate) fn beat(&self, thread: usize) {
        if let Some(beat) = self.threads.get(thread) {
            beat.store(self.millis(), Ordering::Relaxed);
        }
    }

    /// The numbers of the threads that stand still.
    pub(crate) fn still(&self) -> Vec<usize> {
        self.still_at(self.millis())
    }

    fn still_at(&self, now: u64) -> Vec<usize> {
        let limit = u64::try_from(STANDS_STILL.as_millis()).unwrap_or(u64::MAX);
        let late = |beat: &AtomicU64| now.saturating_sub(beat.load(Ordering::Relaxed)) > limit;
        self.threads.iter().enumerate().filter(|(_, beat)| late(beat)).map(|(number, _)| number).collect()
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Everything the answers depend on.
pub(crate) struct Health {
    pub store: Store,
    pub certificates: Arc<Certificates>,
    pub beats: Arc<Beats>,
    pub pressure: Arc<Pressure>,
    /// Cancelled when the server stops taking connections.
    pub stop: CancellationToken,
}

impl Health {
    fn stands_still(&self) -> Vec<String> {
        self.beats
            .still()
            .iter()
            .map(|n| format!("serving thread {n} has stood still for more than {} s", STANDS_STILL.as_secs()))
            .collect()
    }

    async fn not_ready(&self) -> Vec<String> {
        let mut reasons = self.stands_still();
        if self.stop.is_cancelled() {
            reasons.push("the server is stopping: it takes no new connections".to_owned());
        }
        if !matches!(tokio::time::timeout(STORE_TIME, self.store.healthy()).await, Ok(true)) {
            reasons.push("the store does not answer: signed-in people are served, sign-ins and changes are not".to_owned());
        }
        if !self.certificates.any() {
            reasons.push("there is no certificate yet".to_owned());
        }
        if self.pressure.level() == Level::Hard {
            reasons.push("memory is above the hard mark: requests are answered with 503".to_owned());
        }
        reasons
    }
}

/// `/live` and `/ready`.
pub(crate) fn router(health: Arc<Health>) -> Router {
    Router::new().route("/live", get(live)).route("/ready", get(ready)).with_state(health)
}

async fn live(State(health): State<Arc<Health>>) -> (StatusCode, Json<Value>) {
    answer("live", &health.stands_still())
}

async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, Json<Value>) {
    answer("ready", &health.not_ready().await)
}

fn answer(status: &str, reasons: &[String]) -> (StatusCode, Json<Value>) {
    if reasons.is_empty() {
        (StatusCode::OK, Json(json!({ "status": status })))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": format!("not {status}"), "reasons": reasons })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_does_not_beat_for_ten_seconds_stands_still() {
        let beats = Beats::of(2);
        assert_eq!(beats.still_at(10_000), [0usize; 0]);
        assert_eq!(beats.still_at(10_001), [0, 1]);
        beats.threads[1].store(9_000, Ordering::Relaxed);
        assert_eq!(beats.still_at(10_001), [0]);
        assert_eq!(beats.still(), [0usize; 0]);
    }

    #[test]
    fn reasons_are_told_with_503() {
        let (status, Json(body)) = answer("ready", &["because".to_owned()]);
        assert_eq!((status, body), (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "not ready", "reasons": ["because"] })));
        let (status, Json(body)) = answer("live", &[]);
        assert_eq!((status, body), (StatusCode::OK, json!({ "status": "live" })));
    }
}
