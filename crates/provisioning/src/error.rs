//! The one place where a failure becomes a SCIM answer (RFC 7644 section 3.12).

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use scim::{ScimError, ScimType};
use store::StoreError;

use crate::{journal::Refused, reply};

/// Seconds after which a client may try again when the store is not available. Entra keeps a failed object and
/// retries it by itself; this only spaces the polite ones.
const RETRY_AFTER_SECONDS: &str = "30";

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Refused: the client is told what and why.
    #[error(transparent)]
    Refused(#[from] ScimError),
    /// The store could not do it.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { noun, field, value } => Self::Refused(ScimError::uniqueness(format!(
                "{noun} with {field} \"{value}\" exists already. Look it up by a filter and change that one, or send another {field}."
            ))),
            other => Self::Store(other),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (error, extra) = match self {
            Self::Refused(error) => {
                let extra =
                    (error.status == 401).then(|| (header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"doorward SCIM\"")));
                (error, extra)
            }
            Self::Store(error) => of_store(&error),
        };
        answer(&error, extra)
    }
}

/// An answer to a request that did not reach this surface, in its form.
pub fn refusal(status: StatusCode, text: &str) -> Response {
    answer(&ScimError::new(status.as_u16(), None, text), None)
}

/// The store's failures. Causes stay in the log; the client learns whether to come again.
fn of_store(error: &StoreError) -> (ScimError, Option<(HeaderName, HeaderValue)>) {
    match error {
        StoreError::Corrupt { .. } => {
            tracing::error!(error = error as &dyn std::error::Error, "A stored SCIM resource cannot be read");
            (ScimError::new(500, None, "A stored resource cannot be read. The server's log says which."), None)
        }
        _ => {
            tracing::error!(error = error as &dyn std::error::Error, "The store refused a SCIM request");
            let error = ScimError::new(503, None, "The store is not available; nothing was changed. Try again later.");
            (error, Some((header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS))))
        }
    }
}

fn answer(error: &ScimError, extra: Option<(HeaderName, HeaderValue)>) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply::json(status, &error.to_json());
    response.extensions_mut().insert(Refused(error.detail.clone()));
    if let Some((name, value)) = extra {
        response.headers_mut().insert(name, value);
    }
    response
}

/// 404 for a path that is none of ours.
pub(crate) fn no_such_path() -> Failure {
    ScimError::not_found("There is nothing at this path. Users, Groups, Schemas, ResourceTypes and ServiceProviderConfig are.").into()
}

/// 405 for a method that the path does not have.
pub(crate) fn wrong_method() -> Failure {
    ScimError::new(405, None, "This path does not have that method.").into()
}

/// 404 for a resource that is not, or no longer, there.
pub(crate) fn no_such_resource(kind: scim::Kind, id: &str) -> Failure {
    let shown: String = id.chars().take(80).collect();
    ScimError::not_found(format!("There is no {} with the id \"{shown}\".", kind.as_str())).into()
}

/// 501 for a part of the protocol that is announced as absent.
pub(crate) fn not_offered(what: &str) -> Failure {
    ScimError::new(501, None, format!("{what} is not offered; ServiceProviderConfig says so.")).into()
}

/// 400 for a group whose `externalId` would become another one (ruling 11).
pub(crate) fn bound_external_id(bound: &str) -> Failure {
    ScimError::new(
        400,
        Some(ScimType::Mutability),
        format!("externalId of this group is bound to \"{bound}\" and cannot be changed: policies know the group by it. Delete the group and create it anew."),
    )
    .into()
}
