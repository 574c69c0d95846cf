//! Request bodies: bounded, of an accepted media type, one JSON object.

use axum::{body::Body, extract::FromRequest};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use scim::ScimError;
use serde_json::{Map, Value};

use crate::{error::Failure, journal::Journal};

/// Largest body, in bytes. Entra sends at most a few kilobytes; 10,000 members in one PATCH fit.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// A body that is one JSON object within SCIM's bounds.
pub(crate) struct ScimBody(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for ScimBody {
    type Rejection = Failure;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Failure> {
        check_media_type(&request)?;
        let journal = request.extensions().get::<Journal>().cloned();
        let bytes = read(request.into_body()).await?;
        if let Some(journal) = journal {
            journal.received(&bytes);
        }
        Ok(Self(scim::json::parse(&bytes)?))
    }
}

/// `application/scim+json` or `application/json`, with any parameters; a missing type counts as SCIM's.
fn check_media_type(request: &Request<Body>) -> Result<(), Failure> {
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else { return Ok(()) };
    let given = value.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if ["application/scim+json", "application/json"].iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let shown: String = given.chars().take(80).collect();
    Err(ScimError::new(415, None, format!("The Content-Type \"{shown}\" is not read. Send application/scim+json.")).into())
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            Err(ScimError::too_large(format!("The body is larger than {MAX_BODY} bytes. Send the change in several requests.")).into())
        }
        Err(error) => {
            tracing::debug!(error = &*error, "A SCIM body ended early");
            Err(ScimError::invalid_syntax("The body could not be read to its end.").into())
        }
    }
}
