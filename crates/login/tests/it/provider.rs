//! A token endpoint that a test holds in its hand: it hands out a new refresh token each time, takes none twice, and counts.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::{Form, Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::watch;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// Keeps every request waiting until the mood changes.
    Holds,
    Throttles,
    Disabled,
}

#[derive(Default)]
struct Seen {
    calls: usize,
    active: usize,
    most_active: usize,
    secrets: HashSet<String>,
    spent: HashSet<String>,
    taken_twice: usize,
}

#[derive(Clone)]
pub struct Provider {
    pub url: String,
    mood: Arc<watch::Sender<Mood>>,
    seen: Arc<Mutex<Seen>>,
    counted: Arc<watch::Sender<usize>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { url, mood: Arc::new(watch::Sender::new(Mood::Good)), seen: Arc::default(), counted: Arc::default() };
        let router = Router::new().route("/{tenant}/oauth2/v2.0/token", post(token)).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }
    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
    /// Requests since the start.
    pub fn calls(&self) -> usize {
        self.seen.lock().calls
    }
    /// The most requests that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        self.seen.lock().most_active
    }
    /// Whether a client secret ever came here.
    pub fn saw_secret(&self, secret: &str) -> bool {
        self.seen.lock().secrets.contains(secret)
    }
    /// Refresh tokens that came a second time.
    pub fn taken_twice(&self) -> usize {
        self.seen.lock().taken_twice
    }
    /// Waits until so many requests came.
    pub async fn until_calls(&self, calls: usize) {
        let mut counted = self.counted.subscribe();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), counted.wait_for(|n| *n >= calls)).await;
        waited.unwrap_or_else(|_| panic!("{} calls instead of {calls}", self.calls())).unwrap();
    }
}

/// Ends a request's part in the count, also when the client went away.
struct Active(Arc<Mutex<Seen>>);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.lock().active -= 1;
    }
}

async fn token(State(provider): State<Provider>, Form(form): Form<HashMap<String, String>>) -> impl IntoResponse {
    let active = Active(provider.seen.clone());
    let calls = {
        let mut seen = provider.seen.lock();
        seen.calls += 1;
        seen.secrets.extend(form.get("client_secret").cloned());
        seen.active += 1;
        seen.most_active = seen.most_active.max(seen.active);
        seen.calls
    };
    provider.counted.send_replace(calls);
    let mood = *provider.mood.subscribe().wait_for(|mood| *mood != Mood::Holds).await.unwrap();
    drop(active);
    let refused = |status, error: &str, code: u32| {
        let text = format!("AADSTS{code}: no.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 2026-01-01 00:00:00Z");
        (status, Json(json!({ "error": error, "error_description": text, "error_codes": [code] })))
    };
    match mood {
        Mood::Throttles => return refused(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", 90_055),
        Mood::Disabled => return refused(StatusCode::BAD_REQUEST, "invalid_grant", 50_057),
        Mood::Good | Mood::Holds => {}
    }
    let old = form["refresh_token"].clone();
    let next = format!("{old}+");
    let mut seen = provider.seen.lock();
    if !seen.spent.insert(old) {
        seen.taken_twice += 1;
    }
    (StatusCode::OK, Json(json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "opaque", "refresh_token": next })))
}
