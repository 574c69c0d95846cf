//! What the request line carries: ids in the path, parameters in the query.

use std::{fmt::Display, str::FromStr};

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use model::{
    AccessGroupId, ApiTokenId, AppId, CertificateId, CustomPageId, GrantId, IdpId, ListId, LoginTestId, Nonce, PolicyId, PolicyTestId,
    PostureIntegrationId, PostureRuleId, Reference, ScimId, ScimUpdateId, ServiceTokenId, Timestamp, UserId, WarningId,
};
use serde_json::{Value, json};

use crate::{asked, error::ApiError, state::ApiState};

/// An id with the name that its path segment has in the router.
pub(crate) trait PathId: FromStr<Err: Display> + Send {
    /// Name of the segment.
    const SEGMENT: &'static str;
}

macro_rules! segments {
    ($($id:ty => $segment:literal),* $(,)?) => { $( impl PathId for $id { const SEGMENT: &'static str = $segment; } )* };
}
segments! {
    AppId => "app_id",
    PolicyId => "policy_id",
    AccessGroupId => "group_id",
    IdpId => "identity_provider_id",
    PostureRuleId => "rule_id",
    PostureIntegrationId => "integration_id",
    ServiceTokenId => "service_token_id",
    UserId => "user_id",
    Nonce => "nonce",
    ApiTokenId => "token_id",
    Reference => "reference",
    LoginTestId => "test_id",
    PolicyTestId => "policy_test_id",
    WarningId => "warning_id",
    ScimUpdateId => "update_id",
    ListId => "list_id",
    CustomPageId => "custom_page_id",
    CertificateId => "certificate_id",
    GrantId => "grant_id",
    ScimId => "directory_group_id",
}

/// An id taken from the path.
#[derive(Debug)]
pub(crate) struct At<I>(pub I);

impl<I: PathId> FromRequestParts<ApiState> for At<I> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let text = segment(parts, state, I::SEGMENT).await?.ok_or(ApiError::NoRoute)?;
        text.parse().map(Self).map_err(|e| ApiError::BadIdentifier(format!("{e}")))
    }
}

/// A named segment of the path, decoded.
pub(crate) async fn segment(parts: &mut Parts, state: &ApiState, name: &str) -> Result<Option<String>, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    let params = params.map_err(|_| ApiError::BadIdentifier("The path is not UTF-8.".into()))?;
    Ok(params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()))
}

/// The parameters of the query.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl FromRequestParts<ApiState> for Query {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiError> {
        let text = parts.uri.query().unwrap_or("");
        Ok(Self(form_urlencoded::parse(text.as_bytes()).take(200).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()))
    }
}

impl Query {
    /// Tells what a parameter may be.
    fn ask(key: &str, what: impl FnOnce() -> Value) {
        asked::note(|| format!("?{key}"), what);
    }
    /// The parameter unless it is absent or empty.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        Self::ask(key, || json!({ "type": "string" }));
        self.0.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str())
    }
    /// Every value of a parameter that may be repeated, written `key` or `key[]`.
    pub(crate) fn every(&self, key: &str) -> Vec<&str> {
        Self::ask(key, || json!({ "type": "array", "items": { "type": "string" } }));
        self.0.iter().filter(|(k, _)| k.strip_suffix("[]").unwrap_or(k) == key).map(|(_, v)| v.as_str()).collect()
    }
    /// The parameter in the form of some type.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, key: &str) -> Result<Option<T>, ApiError> {
        Self::ask(key, asked::form::<T>);
        let parse = |text: &str| text.parse().map_err(|e| ApiError::fault(key, format!("{key} {text:?}: {e}")));
        self.text(key).map(parse).transpose()
    }
    /// A point in time (RFC 3339).
    pub(crate) fn time(&self, key: &str) -> Result<Option<Timestamp>, ApiError> {
        Self::ask(key, || json!({ "type": "string", "x-form": "time" }));
        let parse = |text: &str| {
            Timestamp::parse(text).ok_or_else(|| ApiError::fault(key, format!("{key} {text:?} is not a time like 2026-03-04T05:06:07Z")))
        };
        self.text(key).map(parse).transpose()
    }
    /// Parameters of the contract that are not built: only these values are taken.
    pub(crate) fn only(&self, key: &str, allowed: &[&str]) -> Result<(), ApiError> {
        Self::ask(key, || json!({ "type": "string", "enum": allowed }));
        match self.text(key) {
            Some(value) if !allowed.contains(&value) => {
                let supported = if allowed.is_empty() { "leave it out".to_owned() } else { format!("supported: {}", allowed.join(", ")) };
                Err(ApiError::fault(key, format!("{key}={value} is not supported yet; {supported}")))
            }
            _ => Ok(()),
        }
    }
}

/// True when `text` contains `part`, without regard to case.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
