//! `identity_providers/{identity_provider_id}/check`: what a login method's settings are worth, found without a browser.

use std::pin::Pin;

use axum::extract::State;
use idp::{Provider, entra::Finding};
use model::{
    IdpId, Timestamp,
    idp::{ClientCredentials, EntraSettings},
};
use serde_json::{Value, json};

use super::auth_contexts::Importing;
use crate::{
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

/// A check under way.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>;

/// Checks the set-up of a login method by asking its provider; always ends, and within ten seconds.
pub trait ProviderCheck: Send + Sync {
    /// `callback` is the redirect address that doorward uses; `now` the server's time.
    fn check<'a>(&'a self, idp: &'a EntraSettings, credentials: &'a ClientCredentials, callback: &'a str, now: Timestamp) -> Checking<'a>;

    /// Reads the authentication contexts of a provider's tenant.
    fn auth_contexts<'a>(&'a self, provider: Provider<'a>, now: Timestamp) -> Importing<'a>;
}

impl ProviderCheck for idp::Client {
    fn check<'a>(&'a self, idp: &'a EntraSettings, credentials: &'a ClientCredentials, callback: &'a str, now: Timestamp) -> Checking<'a> {
        Box::pin(self.check(idp, credentials, callback, now))
    }
    fn auth_contexts<'a>(&'a self, provider: Provider<'a>, now: Timestamp) -> Importing<'a> {
        Box::pin(self.auth_contexts(provider, now))
    }
}

/// Needs the right to write, because the server makes calls for it and sends the secret.
pub(crate) async fn post(_: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let (snapshot, now) = (state.store.snapshot(), state.now());
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let settings = idp.config.entra().ok_or_else(|| ApiError::missing("Entra identity provider", id))?;
    let callback = format!("{}/cdn-cgi/access/callback", state.config.team_origin);
    let none = ClientCredentials::default();
    let credentials = snapshot.idp_credentials.get(&id).map_or(&none, |held| held);
    let findings = state.checker.check(settings, credentials, &callback, now).await;
    let findings: Vec<Value> = findings.iter().map(finding).collect();
    Ok(Answer::ok(json!({ "checked_at": now.rfc3339(), "findings": findings })))
}

/// A finding on the wire.
pub(super) fn finding(finding: &Finding) -> Value {
    json!({ "code": finding.code, "severity": finding.severity.as_str(), "text": finding.text, "fix": finding.fix })
}
