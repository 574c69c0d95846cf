//! One line for each request. Never a token, a cookie or a query.

use std::time::Instant;

use axum::http::Method;
use guard::Client;
use proxy::Outcome;

/// What is known when a request arrives.
pub(crate) struct Entry {
    pub id: String,
    pub began: Instant,
    pub method: Method,
    pub path: String,
}

impl Entry {
    /// Writes the line once the response's head is known.
    pub(crate) fn write(&self, client: &Client, status: u16, surface: &'static str, outcome: Option<&Outcome>) {
        let duration_ms = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX) as f64 / 1000.0;
        let nothing = Outcome::of("", "");
        let o = outcome.unwrap_or(&nothing);
        let show = |v: Option<String>| v.unwrap_or_default();
        tracing::info!(
            target: "access",
            {
            request.id = self.id,
            client.address = %client.ip,
            http.host = client.host,
            http.method = %self.method,
            http.path = self.path,
            http.status = status,
            surface,
            verdict = o.verdict,
            reason = o.reason,
            app.id = show(o.app.map(|a| a.to_string())),
            policy.id = show(o.policy.map(|p| p.to_string())),
            user.id = show(o.user.map(|u| u.to_string())),
            decision.reference = show(o.reference.clone()),
            duration_ms },
            "request"
        );
    }
}
