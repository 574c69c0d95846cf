//! The step to the identity provider.

use axum::{
    body::Body,
    http::{HeaderMap, Response},
};
use guard::{
    credential::{SESSION_COOKIE, single_cookie},
    sign_in::http_date,
    ticket::{LoginState as Pending, cookie_hash},
};
use idp::AuthorizeRequest;
use model::idp::{IdentityProvider, Prompt};
use oidc::pkce::Verifier;

use crate::{answer, choose::Asked, flow, state::LoginState};

const SESSION_COOKIE_LIFE_SECS: i64 = 4 * 3600;

/// Where the provider sends the person back; derived from the configured team domain, never from a request.
pub(crate) fn redirect_uri(state: &LoginState) -> String {
    format!("{}/cdn-cgi/access/callback", state.guard.config().team_origin)
}

/// 302 to the provider, with the state sealed and bound to this browser.
pub(crate) fn start(
    state: &LoginState,
    asked: &Asked,
    idp: &IdentityProvider,
    prompt: Option<Prompt>,
    headers: &HeaderMap,
) -> Response<Body> {
    let now = state.now();
    // An earlier mark is kept, so that two tabs that sign in at once both succeed.
    let mark = match single_cookie(headers, SESSION_COOKIE) {
        Some(old) if old.len() == 32 && old.bytes().all(|b| b.is_ascii_hexdigit()) => old.to_owned(),
        _ => hex::encode(rand::random::<[u8; 16]>()),
    };
    let verifier = idp.config.pkce_enabled().then(Verifier::random);
    let challenge = verifier.as_ref().map(Verifier::challenge_s256);
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let pending = Pending {
        id: hex::encode(rand::random::<[u8; 16]>()),
        idp: idp.id,
        app: asked.app.app.id,
        host: asked.meta.hostname.clone(),
        redirect_url: asked.meta.redirect_url.clone(),
        app_session_hash: asked.meta.app_session_hash.clone(),
        session_hash: cookie_hash(&mark),
        nonce: nonce.clone(),
        verifier: verifier.as_ref().map(|v| v.as_str().to_owned()),
        country: asked.meta.real_country.clone(),
        at: now,
    };
    let redirect_uri = redirect_uri(state);
    let request = AuthorizeRequest {
        redirect_uri: &redirect_uri,
        state: &state.guard.seal_state(&pending),
        nonce: &nonce,
        code_challenge: challenge.as_deref(),
        login_hint: None,
        prompt_override: prompt,
        contexts: &[],
    };
    let url = match state.idp.authorize_url(&idp.config, &request) {
        Ok(url) => url,
        Err(error) => {
            tracing::error!(idp.id = %idp.id, error = %error, "the provider's settings cannot be used");
            return flow::unavailable(state, headers);
        }
    };
    let expires = http_date(now.plus_secs(SESSION_COOKIE_LIFE_SECS));
    answer::with_cookie(
        answer::redirect(url.as_str()),
        &format!("{SESSION_COOKIE}={mark}; Expires={expires}; Path=/; Secure; HttpOnly; SameSite=None"),
    )
}
