//! Signing in as somebody else: a fresh sign-in for the same application that lets the person choose the account.

use std::collections::HashMap;

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Response},
};
use guard::Client;

use crate::{answer, failed, flow, home, state::LoginState};

/// Where pages link to.
pub(crate) const PATH: &str = "/cdn-cgi/access/other-account";

/// `GET …/other-account?redirect_url` on an application's host, or on the team domain for the App Launcher.
pub(crate) async fn other_account(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let target = flow::local(query.get("redirect_url").map_or("/", String::as_str));
    let path = target.split('?').next().and_then(model::hostname::decode_path).unwrap_or_else(|| "/".to_owned());
    let compiled = state.guard.compiled();
    let launcher = if client.host == state.guard.config().team_host { home::launcher(&state) } else { None };
    let Some(app) = compiled.find(&client.host, &path).cloned().or(launcher) else { return failed::invalid_session(&state, &headers) };
    match state.guard.begin_login(&app, &client, &headers, &target, state.now()) {
        Ok(begun) => answer::with_cookie(answer::redirect(&format!("{}&account=other", begun.location)), &begun.set_cookie),
        Err(error) => {
            tracing::error!(error = %error, "a sign-in could not be begun");
            flow::unavailable(&state, &headers)
        }
    }
}
