//! What every change of a resource has around it: its provider, its precondition.

use axum::extract::{FromRequestParts, Path};
use http::{HeaderMap, header, request::Parts};
use model::{ScimId, idp::IdentityProvider, provisioned::Provisioned};
use scim::{Kind, ScimError};
use store::Reader;

use crate::{credential::ScimCaller, error, error::Failure, record};

/// `If-Match`, when the client sent it. Entra does not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Precondition(Option<String>);

impl Precondition {
    /// Reads the header; several are one list (RFC 9110 section 5.3). One that cannot be read names no version.
    pub fn of(headers: &HeaderMap) -> Self {
        let values: Vec<&str> = headers.get_all(header::IF_MATCH).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        Self((!values.is_empty()).then(|| values.join(", ")))
    }

    /// 412 when another version was meant than the one that is there.
    pub fn check(&self, record: &Provisioned) -> Result<(), Failure> {
        match &self.0 {
            Some(wanted) if !scim::etag::matches(wanted, &record::version(record)) => {
                Err(ScimError::precondition_failed("The resource has changed since the version named in If-Match. Read it again.").into())
            }
            _ => Ok(()),
        }
    }
}

/// The id in the path of a resource; 404 when it is no text.
pub(crate) struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((_, id))| Self(id)).map_err(|_| error::no_such_path())
    }
}

/// The caller's provider as it is in this transaction: its settings may have changed since the secret was compared.
pub(crate) fn provider(tx: &Reader<'_>, caller: &ScimCaller) -> Result<IdentityProvider, Failure> {
    tx.idp(&caller.idp)?
        .filter(|provider| provider.scim.enabled)
        .ok_or_else(|| ScimError::unauthorized("Provisioning of this provider has just been switched off.").into())
}

/// A resource of the caller's provider by the id in the path; 404 when there is none, whatever the text is.
pub(crate) fn find(tx: &Reader<'_>, caller: &ScimCaller, kind: Kind, id: &str) -> Result<Provisioned, Failure> {
    let parsed: Option<ScimId> = id.parse().ok();
    let found = match parsed {
        Some(parsed) => tx.provisioned(&caller.idp, record::stored_kind(kind), &parsed)?,
        None => None,
    };
    found.ok_or_else(|| error::no_such_resource(kind, id))
}
