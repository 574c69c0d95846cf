//! Redeeming the code at the token endpoint, and reading its errors.

use model::{Secret, idp::EntraSettings};
use reqwest::StatusCode;
use serde_json::{Map, Value};

use super::{
    Callback, Endpoints, check_secret_shape,
    diagnosis::{code_in, diagnose_code, is_outage},
    secret::SecretWarning,
};
use crate::{
    error::SignInError,
    fetch::{Deadline, Fetcher},
};

/// Largest answer of the token endpoint, in bytes.
pub(super) const MAX_ANSWER: usize = 256 * 1024;
pub(super) const TOKEN: &str = "the token endpoint of Microsoft Entra";

/// The tokens of a sign-in; they live as long as the call.
pub(super) struct Tokens {
    pub(super) id_token: String,
    /// For Graph; opaque.
    pub(super) access_token: Option<Secret>,
}

/// Redeems the code: `client_secret_post`, the same `redirect_uri` as before, the PKCE verifier when there is one.
pub(super) async fn redeem(
    fetcher: &Fetcher,
    endpoints: &Endpoints,
    idp: &EntraSettings,
    secret: &Secret,
    callback: &Callback<'_>,
    deadline: Deadline,
) -> Result<Tokens, SignInError> {
    let url = endpoints.token();
    let mut form = vec![
        ("client_id", idp.client_id.as_str()),
        ("client_secret", secret.expose()),
        ("grant_type", "authorization_code"),
        ("code", callback.code),
        ("redirect_uri", callback.redirect_uri),
    ];
    if let Some(verifier) = callback.code_verifier {
        form.push(("code_verifier", verifier));
    }
    let request = fetcher.http.post(url.clone()).form(&form);
    let answer = fetcher.send(TOKEN, &url, request, MAX_ANSWER, deadline).await?;
    if !answer.status.is_success() {
        let error = refused(TOKEN, answer.status, &answer.body);
        return Err(about_the_secret(error, secret));
    }
    let map = oidc::json::object(&answer.body).map_err(|e| unusable(TOKEN, e.to_string()))?;
    let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Tokens {
        id_token: text("id_token").ok_or_else(|| unusable(TOKEN, "no id_token in the answer".into()))?,
        access_token: text("access_token").map(Secret::new),
    })
}

/// Reads the error answer of an endpoint of the login service.
pub(super) fn refused(what: &'static str, status: StatusCode, body: &[u8]) -> SignInError {
    let map = oidc::json::object(body).unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or("");
    let error = text("error");
    let description = text("error_description");
    let code = code_in(description).or_else(|| first_code(&map));
    if status.is_server_error() || status.as_u16() == 429 || is_outage(error, code) {
        return SignInError::Down { what, detail: format!("status {status} {}", crate::error::tame(description)) };
    }
    if error.is_empty() {
        return unusable(what, format!("status {status} without an OAuth error"));
    }
    diagnose_code(error, description, code).into()
}

fn first_code(map: &Map<String, Value>) -> Option<u32> {
    let code = map.get("error_codes")?.get(0)?.as_u64()?;
    u32::try_from(code).ok()
}

/// When the secret was refused and looks like the Secret ID, that is the cause.
fn about_the_secret(mut error: SignInError, secret: &Secret) -> SignInError {
    if let SignInError::Refused(refusal) = &mut error
        && refusal.code == Some(7_000_215)
    {
        match check_secret_shape(secret.expose()) {
            Some(SecretWarning::SecretId) => {
                refusal.cause = "the configured client secret is a GUID: it is the Secret ID, not the secret".into();
            }
            Some(SecretWarning::WhiteSpace) => {
                refusal.cause = "the configured client secret begins or ends with white space".into();
            }
            None => {}
        }
    }
    error
}

fn unusable(what: &'static str, detail: String) -> SignInError {
    SignInError::Nonsense { what, detail }
}
