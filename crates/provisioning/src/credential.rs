//! Who calls: the bearer secret of exactly the provider named in the path, or a 401 that tells nothing else.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, Uri, header, request::Parts};
use model::{IdpId, Secret};
use scim::ScimError;
use store::{Purpose, Store};

use crate::{ProvisioningState, contact::Call, error::Failure, journal};

/// Longest `Authorization` value that is looked at, in bytes.
const MAX_CREDENTIAL: usize = 1024;
/// Query parameters in which clients have been seen to carry a secret. URLs end up in logs, so none is read.
const SECRETS_IN_QUERY: [&str; 4] = ["access_token", "bearer_token", "token", "secret"];
/// Compared with when there is no hash to compare with, so that an unknown provider takes as long as a known one.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A provisioning client that proved to know the secret of this provider.
#[derive(Debug, Clone)]
pub(crate) struct ScimCaller {
    /// The provider; everything the caller sees or changes belongs to it.
    pub idp: IdpId,
    /// Address under which the resources of this provider are, without a slash at the end.
    pub base_url: Arc<str>,
}

impl FromRequestParts<Arc<ProvisioningState>> for ScimCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<ProvisioningState>) -> Result<Self, Failure> {
        let uri = parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let (idp, secret_hash) = admit(&state.store, uri, &parts.headers).ok_or_else(refused)?;
        state.contacts.note(&state.store, Call { idp, secret_hash, agent: journal::agent(&parts.headers) });
        let base_url = format!("{}/populations/{idp}/scim/v2", state.team_origin.trim_end_matches('/'));
        Ok(Self { idp, base_url: base_url.into() })
    }
}

fn refused() -> Failure {
    ScimError::unauthorized(
        "A valid secret of this provider is needed in the Authorization header, as \"Bearer <secret>\". \
         It is shown once when SCIM is enabled or the secret is regenerated.",
    )
    .into()
}

/// The provider of the path, if its provisioning is on and the header holds its secret, or the one before while that is taken; with the
/// hash of the one that was shown. Every "no" looks the same, and takes as long as a "yes": both are always compared.
fn admit(store: &Store, uri: &Uri, headers: &HeaderMap) -> Option<(IdpId, Secret)> {
    if secret_in_query(uri) {
        return None;
    }
    let secret = bearer(headers)?;
    let named = provider_of(uri.path());
    let snapshot = store.snapshot();
    let settings = named.and_then(|id| snapshot.idps.get(&id)).map(|idp| &idp.scim).filter(|scim| scim.enabled);
    let current = settings.and_then(|scim| scim.secret_hash.clone());
    let former = settings.and_then(|scim| scim.former_secret_at(store.now())).map(|former| former.hash.clone());
    let shown = [current, former].map(|hash| {
        let matches = store.sealer().matches(Purpose::ScimSecret, secret, hash.as_ref().unwrap_or(&Secret::new(NO_HASH)));
        hash.filter(|_| matches)
    });
    named.zip(shown.into_iter().flatten().next())
}

pub(crate) fn provider_of(path: &str) -> Option<IdpId> {
    path.strip_prefix("/populations/")?.split('/').next()?.parse().ok()
}

/// The secret of the one `Authorization` header there is; the scheme is caseless (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() || value.len() > MAX_CREDENTIAL {
        return None;
    }
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}

fn secret_in_query(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .any(|name| SECRETS_IN_QUERY.iter().any(|secret| name.eq_ignore_ascii_case(secret)))
}
