//! The step to the identity provider.

use axum::{
    body::Body,
    http::{HeaderMap, Response},
};
use guard::{
    compiled::CompiledApp,
    credential::{SESSION_COOKIE, single_cookie},
    live::LiveSession,
    sign_in::http_date,
    ticket::{LoginState as Pending, cookie_hash},
};
use idp::AuthorizeRequest;
use model::{
    auth_context::ContextSet,
    idp::{IdentityProvider, Prompt},
};
use oidc::pkce::Verifier;

use crate::{
    answer,
    flow::{self, Target},
    state::LoginState,
    unfinished,
};

const SESSION_COOKIE_LIFE_SECS: i64 = 4 * 3600;

/// Where the provider sends the person back; derived from the configured team domain, never from a request.
pub(crate) fn redirect_uri(state: &LoginState) -> String {
    format!("{}/cdn-cgi/access/callback", state.guard.config().team_origin)
}

/// A trip to the provider.
pub(crate) struct Trip<'a> {
    /// The application it is for.
    pub app: &'a CompiledApp,
    /// Where it leads in the end.
    pub target: &'a Target<'a>,
    /// Country of the request that began it, when known.
    pub country: Option<&'a str>,
    /// The provider.
    pub idp: &'a IdentityProvider,
    /// `prompt` instead of the provider's.
    pub prompt: Option<Prompt>,
    /// Authentication contexts that have to come back.
    pub contexts: ContextSet,
    /// The session of the person who is stepping up: they are suggested to the provider.
    pub stepping_up: Option<&'a LiveSession>,
}

/// 302 to the provider, with the state sealed and bound to this browser.
pub(crate) fn start(state: &LoginState, trip: &Trip<'_>, headers: &HeaderMap) -> Response<Body> {
    let idp = trip.idp;
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
        app: trip.app.app.id,
        host: trip.target.host.to_owned(),
        redirect_url: trip.target.redirect_url.to_owned(),
        app_session_hash: trip.target.app_session_hash.to_owned(),
        session_hash: cookie_hash(&mark),
        nonce: nonce.clone(),
        verifier: verifier.as_ref().map(|v| v.as_str().to_owned()),
        country: trip.country.map(str::to_owned),
        mtls: trip.target.mtls.clone(),
        contexts: trip.contexts,
        stepping_up: trip.stepping_up.map(|live| live.session.nonce.clone()),
        at: now,
    };
    let redirect_uri = redirect_uri(state);
    let contexts: Vec<String> = trip.contexts.iter().map(|id| id.to_string()).collect();
    let hint = trip.stepping_up.map(|live| live.identity.upn.as_deref().unwrap_or(live.identity.email.as_str()));
    let request = AuthorizeRequest {
        redirect_uri: &redirect_uri,
        state: &state.guard.seal_state(&pending),
        nonce: &nonce,
        code_challenge: challenge.as_deref(),
        login_hint: hint,
        prompt_override: trip.prompt,
        contexts: &contexts,
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
        unfinished::begun(answer::redirect(url.as_str()), now),
        &format!("{SESSION_COOKIE}={mark}; Expires={expires}; Path=/; Secure; HttpOnly; SameSite=None"),
    )
}
