//! Numbers for Prometheus. Serving threads count into cells of their own, without a lock; whoever asks `/metrics` sums them up.

mod cells;
mod collect;
mod described;
mod process;
mod told;

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use parking_lot::Mutex;
use prometheus_client::{encoding::text, registry::Registry};

use self::cells::Cells;
pub(crate) use self::cells::{Counted, Counters};
use crate::{access_log::AccessLog, certificates::Certificates, traces::Traces};

/// The numbers of all serving threads.
#[derive(Default)]
pub(crate) struct Metrics {
    threads: Mutex<Vec<(Arc<Cells>, Arc<proxy::Counters>)>>,
}

impl Metrics {
    /// Cells for the current thread.
    pub(crate) fn join(&self, proxy: Arc<proxy::Counters>) -> Counters {
        let cells = Arc::new(Cells::new());
        self.threads.lock().push((cells.clone(), proxy));
        Counters::new(cells)
    }
}

/// Everything that is told of.
pub(crate) struct Sources {
    pub metrics: Arc<Metrics>,
    pub guard: guard::Guard,
    pub access_log: Arc<AccessLog>,
    pub traces: Arc<Traces>,
    pub certificates: Arc<Certificates>,
    pub clock: crate::wiring::Clock,
}

/// `/metrics`.
pub(crate) fn router(sources: Sources) -> Router {
    let mut registry = Registry::with_prefix("doorward");
    registry.register_collector(Box::new(collect::Collected::new(sources)));
    let registry = Arc::new(registry);
    Router::new().route("/metrics", get(move || tell(registry.clone())))
}

async fn tell(registry: Arc<Registry>) -> Response {
    let mut text = String::new();
    match text::encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response(),
        // Writing into memory does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
