//! Everything that can go wrong on this surface, with status, code and text: the one place that knows them.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use model::api_token::Permission;
use serde_json::{Value, json};
use store::StoreError;

use crate::{
    envelope::{Message, respond},
    fault::Fault,
};

/// Invalid request to an Access operation.
const INVALID: u32 = 12130;
/// Access object not found.
const NOT_FOUND: u32 = 12135;
/// Rule group not found.
const GROUP_NOT_FOUND: u32 = 12152;
/// Gateway list not found.
const LIST_NOT_FOUND: u32 = 2218;
/// Bookmark not found.
const BOOKMARK_NOT_FOUND: u32 = 12045;
/// `access.api.error.conflict` has no published number.
const CONFLICT: u32 = 12139;

/// A refusal or failure of an operation.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body or query has faults; all of them are told at once.
    #[error("the request has {} fault(s)", .0.len())]
    Invalid(Vec<Fault>),
    /// The body is larger than allowed.
    #[error("the body is larger than {0} bytes")]
    BodyTooLarge(usize),
    /// No `Authorization` header.
    #[error("Missing Authorization header: send \"Authorization: Bearer <API token>\"")]
    NoCredentials,
    /// The `Authorization` header cannot be read.
    #[error("Invalid request headers")]
    BadHeader(&'static str),
    /// No such token, or it is switched off or ended.
    #[error("Authentication error: the API token is {0}")]
    BadToken(&'static str),
    /// The same, on the operations that verify a token.
    #[error("Invalid API Token: it is {0}")]
    NotVerified(&'static str),
    /// Nobody is signed in to the console, or not any more.
    #[error("the console's session is over: {0}; sign in again")]
    NoConsole(&'static str),
    /// A call with the console's header that the console's own page did not make.
    #[error("the console's calls come from its own page on the team domain only: {0}")]
    ForeignPage(&'static str),
    /// The token is not for the address it was sent from.
    #[error("Cannot use the API token from this location: its condition does not let {} in", .0.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string()))]
    WrongPlace(Option<IpAddr>),
    /// The token lacks the permission.
    #[error("Authentication error: the API token lacks the permission for this operation (one of: {})", names(.0))]
    NotPermitted(&'static [Permission]),
    /// What was asked for is more than the caller's token holds.
    #[error("Authentication error: {0}")]
    BeyondCaller(String),
    /// Another account.
    #[error("Unauthorized to access requested resource: this server has no account {0:?} for this token")]
    ForeignAccount(String),
    /// An id in the path is not of the expected form.
    #[error("Could not route to the request, perhaps your object identifier is invalid? {0}")]
    BadIdentifier(String),
    /// No such path.
    #[error("No route for that URI")]
    NoRoute,
    /// The path exists, the verb does not.
    #[error("Method {verb} not available for that URI")]
    WrongVerb {
        /// What was sent.
        verb: String,
        /// What can be.
        allow: String,
    },
    /// In the contract, not in this server.
    #[error("{verb} {path} is part of the API but not supported by this server yet")]
    NotBuilt {
        /// Verb.
        verb: String,
        /// Path pattern.
        path: String,
    },
    /// No such object.
    #[error("access.api.error.not_found: there is no {noun} {id:?}")]
    NotFound {
        /// Kind of object.
        noun: &'static str,
        /// Its id as asked for.
        id: String,
    },
    /// In use, taken, or changed meanwhile.
    #[error("access.api.error.conflict: {0}")]
    Conflict(String),
    /// The organisation is made with the server.
    #[error("access.api.error.conflict: the Zero Trust organization exists already: change it with PUT")]
    OrganizationExists,
    /// The store does not take writes or reads now.
    #[error("the store is not available: nothing was changed, try again")]
    Unavailable,
    /// A fault of this server.
    #[error("internal error: nothing was changed; the server's log has the cause")]
    Internal,
}

fn names(permissions: &[Permission]) -> String {
    permissions.iter().map(|p| format!("{:?}", p.name())).collect::<Vec<_>>().join(", ")
}

impl ApiError {
    /// One fault at one place.
    pub(crate) fn fault(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, message)])
    }
    /// No such object.
    pub(crate) fn missing(noun: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { noun, id: id.to_string() }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) | Self::NoCredentials | Self::BadHeader(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadToken(_) | Self::NotVerified(_) | Self::NoConsole(_) => StatusCode::UNAUTHORIZED,
            Self::WrongPlace(_) | Self::NotPermitted(_) | Self::BeyondCaller(_) | Self::ForeignAccount(_) | Self::ForeignPage(_) => {
                StatusCode::FORBIDDEN
            }
            Self::BadIdentifier(_) | Self::NoRoute | Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::WrongVerb { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotBuilt { .. } => StatusCode::NOT_IMPLEMENTED,
            Self::Conflict(_) | Self::OrganizationExists => StatusCode::CONFLICT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn errors(&self) -> Vec<Value> {
        let one = |code| vec![Message { code, text: self.to_string(), pointer: None }.to_json()];
        match self {
            Self::Invalid(faults) => faults.iter().map(fault_json).collect(),
            Self::BodyTooLarge(_) => one(INVALID),
            Self::NoCredentials => one(9106),
            Self::BadHeader(why) => vec![json!({
                "code": 6003, "message": self.to_string(), "error_chain": [{ "code": 6111, "message": why }],
            })],
            Self::NotVerified(_) => one(1000),
            Self::BadToken(_) | Self::NotPermitted(_) | Self::BeyondCaller(_) | Self::NoConsole(_) | Self::ForeignPage(_) => one(10000),
            Self::ForeignAccount(_) | Self::WrongPlace(_) => one(9109),
            Self::BadIdentifier(_) => one(7003),
            Self::NoRoute => vec![
                json!({ "code": 7003, "message": "Could not route to the request, perhaps your object identifier is invalid?" }),
                json!({ "code": 7000, "message": self.to_string() }),
            ],
            Self::WrongVerb { .. } => one(7001),
            Self::NotBuilt { .. } => one(10501),
            Self::NotFound { noun: "group", .. } => one(GROUP_NOT_FOUND),
            Self::NotFound { noun: "list", .. } => one(LIST_NOT_FOUND),
            Self::NotFound { noun: "bookmark", .. } => one(BOOKMARK_NOT_FOUND),
            Self::NotFound { .. } => one(NOT_FOUND),
            Self::Conflict(_) => one(CONFLICT),
            Self::OrganizationExists => one(11002),
            Self::Unavailable => one(10503),
            Self::Internal => one(10500),
        }
    }
}

fn fault_json(fault: &Fault) -> Value {
    let text = format!("access.api.error.invalid_request: {}", fault.message);
    Message { code: INVALID, text, pointer: Some(fault.pointer.clone()) }.to_json()
}

/// An answer to a request that did not reach the API, in its form.
pub fn refusal(status: StatusCode, code: u32, text: &str) -> Response {
    let error = Message { code, text: text.to_owned(), pointer: None }.to_json();
    respond(status, &json!({ "success": false, "errors": [error], "messages": [], "result": null }))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "success": false, "errors": self.errors(), "messages": [], "result": null });
        let mut response = respond(self.status(), &body);
        let headers = response.headers_mut();
        match &self {
            // The SDKs retry these by themselves; the answer would be the same.
            Self::Conflict(_) | Self::OrganizationExists | Self::NotBuilt { .. } => {
                headers.insert(HeaderName::from_static("x-should-retry"), HeaderValue::from_static("false"));
            }
            Self::WrongVerb { allow, .. } => {
                if let Ok(value) = HeaderValue::from_str(allow) {
                    headers.insert(header::ALLOW, value);
                }
            }
            Self::Unavailable => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::NotFound { noun, id } => Self::NotFound { noun, id },
            StoreError::Conflict { .. } => Self::Conflict(e.to_string()),
            StoreError::Refused(text) => Self::Conflict(text),
            StoreError::Unavailable { .. } | StoreError::Full => {
                tracing::error!(error = %chain(&e), "the store did not answer an API request");
                Self::Unavailable
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(error = %chain(&e), "an API request met a row that cannot be read");
                Self::Internal
            }
        }
    }
}

/// An error with all its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
