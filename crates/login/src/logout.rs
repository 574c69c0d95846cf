//! Sign-out: global from either host; they differ only in whose cookie goes at once.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use guard::{credential::AUTHORIZATION_COOKIE, live::LiveSession};
use std::sync::Arc;

use crate::{answer, flow, state::LoginState};

/// On the team domain.
pub(crate) async fn team_logout(State(state): State<LoginState>, headers: HeaderMap) -> Response<Body> {
    let live = state.guard.org_session(&headers, state.now());
    log_out(&state, live, &headers).await
}

/// On an application's host.
pub(crate) async fn app_logout(State(state): State<LoginState>, headers: HeaderMap) -> Response<Body> {
    let live = state.guard.any_app_session(&headers, state.now());
    log_out(&state, live, &headers).await
}

async fn log_out(state: &LoginState, live: Option<Arc<LiveSession>>, headers: &HeaderMap) -> Response<Body> {
    if let Some(live) = live
        && let Err(error) = state.guard.log_out(&live).await
    {
        tracing::error!(error = %error, "a sign-out could not be stored");
        return flow::unavailable(state, headers);
    }
    let page = answer::page(StatusCode::OK, pages::SignedOut { sign_in_url: None }.render(&state.look(), answer::language(headers)));
    answer::with_cookie(
        page,
        &format!("{AUTHORIZATION_COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Path=/; Secure; HttpOnly; SameSite=None"),
    )
}
