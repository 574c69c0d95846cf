//! Hands spans to a collector: OTLP over HTTP in JSON, in batches, behind a bounded queue. What does not fit or is not taken is lost and
//! counted.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue, header};
use model::measure::Count;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;

/// Requests' spans that may wait.
const MOST_WAITING: usize = 4096;
/// Requests' spans in one call.
const AT_ONCE: usize = 256;
const LINGER: Duration = Duration::from_secs(1);
/// Pauses before further attempts.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// The way to a collector.
pub(crate) struct Exporter {
    sender: mpsc::Sender<Vec<Value>>,
    dropped: Arc<Count>,
}

/// A collector.
struct Collector {
    url: Url,
    headers: HeaderMap,
    client: idp::Client,
}

impl Exporter {
    /// Starts on the current runtime.
    pub(crate) fn start(url: Url, mut headers: HeaderMap, client: idp::Client) -> Self {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        let dropped = Arc::new(Count::default());
        tokio::spawn(Collector { url, headers, client }.run(receiver, dropped.clone()));
        Self { sender, dropped }
    }

    pub(super) fn offer(&self, spans: Vec<Value>) {
        let count = spans.len() as u64;
        if self.sender.try_send(spans).is_err() {
            self.dropped.add_shared(count);
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}

impl Collector {
    /// Ends with the last sender.
    async fn run(self, mut queue: mpsc::Receiver<Vec<Value>>, dropped: Arc<Count>) {
        let mut waiting = Vec::new();
        while queue.recv_many(&mut waiting, AT_ONCE).await > 0 {
            // Some more may come: a call for each request would be too many.
            let end = tokio::time::Instant::now() + LINGER;
            while waiting.len() < AT_ONCE && matches!(tokio::time::timeout_at(end, queue.recv_many(&mut waiting, AT_ONCE)).await, Ok(1..)) {
            }
            let spans: Vec<Value> = waiting.drain(..).flatten().collect();
            let count = spans.len() as u64;
            if let Err(why) = self.send(spans).await {
                dropped.add_shared(count);
                tracing::warn!(spans = count, error = why, "the collector of traces did not take spans");
            }
        }
    }

    async fn send(&self, spans: Vec<Value>) -> Result<(), String> {
        let body = document(spans).to_string().into_bytes();
        let mut again = AGAIN.into_iter();
        loop {
            let why = match self.client.post(&self.url, self.headers.clone(), body.clone(), crate::wiring::now()).await {
                Ok(status) if (200..300).contains(&status) => return Ok(()),
                Ok(status) if !matches!(status, 408 | 429 | 500..) => return Err(format!("status {status}")),
                Ok(status) => format!("status {status}"),
                Err(error) => error.to_string(),
            };
            let Some(pause) = again.next() else { return Err(why) };
            tokio::time::sleep(pause).await;
        }
    }
}

fn document(spans: Vec<Value>) -> Value {
    json!({
        "resourceSpans": [{
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "doorward" } },
                { "key": "service.version", "value": { "stringValue": env!("CARGO_PKG_VERSION") } },
            ] },
            "scopeSpans": [{ "scope": { "name": "doorward", "version": env!("CARGO_PKG_VERSION") }, "spans": spans }],
        }],
    })
}
