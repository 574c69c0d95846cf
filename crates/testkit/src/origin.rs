//! An origin that notes what reaches it: HTTP/1.1, JSON, a WebSocket, events, and answers that take their time.

mod answer;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::must::{Must, within};

/// A request as the origin received it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Verb.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body, as text.
    pub body: String,
}

impl Seen {
    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }

    /// A header's only value; stops the test when there are several.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} came {} times: {all:?}", all.len());
        all.first().copied()
    }

    fn json(&self) -> Value {
        json!({ "method": self.method, "target": self.target, "headers": self.headers, "body": self.body })
    }
}

/// The origin. It ends with the runtime of its test.
pub struct Origin {
    address: SocketAddr,
    state: Arc<State>,
}

pub(crate) struct State {
    seen: Mutex<Vec<Seen>>,
    /// Streams that are open, requests that are still coming in among them.
    streams: watch::Sender<usize>,
    /// Whether `/slow` may answer.
    released: watch::Sender<bool>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.must("a port for the origin");
        let address = listener.local_addr().must("the origin's address");
        let state = Arc::new(State { seen: Mutex::default(), streams: watch::channel(0).0, released: watch::channel(false).0 });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let service = service_fn(move |request: http::Request<Incoming>| {
                    let state = Arc::clone(&state);
                    async move { Ok::<_, Infallible>(answer::answer(&state, request).await) }
                });
                let serving = http1::Builder::new().max_buf_size(256 * 1024).serve_connection(TokioIo::new(stream), service);
                tokio::spawn(serving.with_upgrades());
            }
        });
        Self { address, state }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What reached it since it was asked last.
    pub fn taken(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.state.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The only request that reached it since it was asked last.
    #[track_caller]
    pub fn one(&self) -> Seen {
        let mut all = self.taken();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }

    /// Lets `/slow` answer.
    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    /// Waits until so many of its streams are open: WebSockets, events, and bodies that are still coming in.
    pub async fn until_streams(&self, count: usize) {
        let mut streams = self.state.streams.subscribe();
        within("the number of open streams", streams.wait_for(|open| *open == count)).await.must("the origin runs");
    }
}

/// Counts a stream for as long as it is open.
pub(crate) struct Open(Arc<State>);

impl Open {
    pub(crate) fn stream(state: &Arc<State>) -> Self {
        state.streams.send_modify(|open| *open += 1);
        Self(Arc::clone(state))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.send_modify(|open| *open -= 1);
    }
}
