//! Owns the sign-in service's errors: numbers, words and the JSON of the token endpoint.
//!
//! Source: "Microsoft Entra authentication & authorization error codes".

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Stamp;

/// One error.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The AADSTS number.
    pub code: u32,
    /// OAuth's word.
    pub error: &'static str,
    /// Status at the token endpoint.
    pub status: StatusCode,
    /// Microsoft's finer word.
    pub suberror: Option<&'static str>,
    /// Plain text.
    pub text: String,
    /// What a new sign-in must bring: a claims request as JSON text.
    pub claims: Option<String>,
}

/// The ids that each answer of the service carries.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    /// Of this answer.
    pub trace: Uuid,
    /// Of the client's choice, else random.
    pub correlation: Uuid,
    /// When.
    pub at: Stamp,
}

impl Trace {
    /// Takes the correlation id from the `client-request-id` header, if it is a GUID.
    pub fn of(headers: &HeaderMap, at: Stamp) -> Self {
        let correlation = headers
            .get("client-request-id")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| Uuid::try_parse(text).ok())
            .unwrap_or_else(Uuid::new_v4);
        Self { trace: Uuid::new_v4(), correlation, at }
    }

    /// Adds the ids to an answer.
    pub fn mark(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.trace.to_string()) {
            headers.insert("x-ms-request-id", value);
        }
        headers.insert("x-ms-ests-server", HeaderValue::from_static("2.1.20000.1 - HARBOUR ProdSlices"));
    }
}

impl Fault {
    /// An error with status 400.
    pub fn new(code: u32, error: &'static str, text: impl Into<String>) -> Self {
        Self { code, error, status: StatusCode::BAD_REQUEST, suberror: None, text: text.into(), claims: None }
    }

    /// The same with status 401.
    pub fn unauthorized(mut self) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self
    }

    /// The same with a finer word.
    pub fn with_suberror(mut self, word: &'static str) -> Self {
        self.suberror = Some(word);
        self
    }

    /// A missing parameter (900144).
    pub fn missing(name: &str) -> Self {
        Self::new(900_144, "invalid_request", format!("The request body must contain the following parameter: '{name}'."))
    }

    /// The description with its trace lines.
    pub fn description(&self, trace: &Trace) -> String {
        format!(
            "AADSTS{}: {}\r\nTrace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            self.code,
            self.text,
            trace.trace,
            trace.correlation,
            trace.at.spaced()
        )
    }

    /// The address of Microsoft's page about the error.
    pub fn uri(&self, base: &str) -> String {
        format!("{base}/error?code={}", self.code)
    }

    /// The JSON of the token endpoint.
    pub fn json(&self, trace: &Trace, base: &str) -> Value {
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(trace),
            "error_codes": [self.code],
            "timestamp": trace.at.spaced(),
            "trace_id": trace.trace,
            "correlation_id": trace.correlation,
            "error_uri": self.uri(base),
        });
        if let Some(word) = self.suberror {
            body["suberror"] = word.into();
        }
        if let Some(claims) = &self.claims {
            body["claims"] = claims.as_str().into();
        }
        body
    }

    /// The answer of the token endpoint.
    pub fn answer(&self, trace: &Trace, base: &str) -> Response {
        let mut response = (self.status, self.json(trace, base).to_string()).into_response();
        let headers = response.headers_mut();
        trace.mark(headers);
        no_store(headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        response
    }
}

/// Forbids keeping the answer.
pub fn no_store(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}
