//! Owns Graph's error answers.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::state::Sim;

/// An error of Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// HTTP status.
    pub status: StatusCode,
    /// Graph's word.
    pub code: &'static str,
    /// Plain text.
    pub message: String,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// What a new token must bring, as JSON text.
    pub claims: Option<String>,
    /// Further headers.
    pub more: Vec<(&'static str, String)>,
}

impl GraphError {
    /// Any error.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, claims: None, more: Vec::new() }
    }

    /// 401: no token, or not a good one.
    pub fn invalid_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Access token is empty, malformed, expired or not meant for Microsoft Graph.",
        )
    }

    /// 401: the token was good, but a new one must bring these claims.
    pub fn challenge(claims: &Value) -> Self {
        let mut error = Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp.",
        );
        error.claims = Some(claims.to_string());
        error
    }

    /// 403: the token lacks a permission.
    pub fn denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// 404: no such object.
    pub fn missing(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Request_ResourceNotFound",
            format!("Resource '{what}' does not exist or one of its queried reference-property objects are not present."),
        )
    }

    /// 404: no such path.
    pub fn unknown_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "BadRequest", format!("Resource not found for the segment '{path}'."))
    }

    /// 400: a body or key that cannot be used.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// 400: a query that Graph does not answer.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
    }

    /// The HTTP answer.
    pub fn answer(&self, sim: &Sim, headers: &HeaderMap) -> Response {
        let request = Uuid::new_v4();
        let client = headers
            .get("client-request-id")
            .and_then(|value| value.to_str().ok())
            .and_then(|text| Uuid::try_parse(text).ok())
            .unwrap_or(request);
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": sim.now().bare(),
                "request-id": request,
                "client-request-id": client,
            },
        }});
        let mut response = (self.status, body.to_string()).into_response();
        let out = response.headers_mut();
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(value) = HeaderValue::from_str(&request.to_string()) {
            out.insert("request-id", value);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let claims = self.claims.as_ref().map(|claims| {
                let encoded = base64::engine::general_purpose::STANDARD.encode(claims);
                format!(", error=\"insufficient_claims\", claims=\"{encoded}\"")
            });
            let mut challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
                sim.base
            );
            challenge.push_str(claims.as_deref().unwrap_or_default());
            if let Ok(value) = HeaderValue::from_str(&challenge) {
                out.insert(header::WWW_AUTHENTICATE, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            out.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in &self.more {
            if let Ok(value) = HeaderValue::from_str(value) {
                out.insert(*name, value);
            }
        }
        response
    }
}
