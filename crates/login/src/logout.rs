//! Sign-out: global from either host; they differ only in whose cookie goes at once.
//!
//! A page of another site must not be able to sign people out by an image or a prefetched link: what the browser marks as
//! such a request gets a page with a button instead.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, header},
};
use guard::{Client, credential::AUTHORIZATION_COOKIE, live::LiveSession};

use crate::{answer, flow, state::LoginState};

/// On the team domain.
pub(crate) async fn team_logout(State(state): State<LoginState>, method: Method, headers: HeaderMap) -> Response<Body> {
    if !is_meant(&state, &method, &headers, &state.guard.config().team_host) {
        return ask(&state, &headers);
    }
    let live = state.guard.org_session(&headers, state.now());
    log_out(&state, live, &headers).await
}

/// On an application's host.
pub(crate) async fn app_logout(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    if !is_meant(&state, &method, &headers, &client.host) {
        return ask(&state, &headers);
    }
    let live = state.guard.app_session(&client.host, &headers, state.now());
    log_out(&state, live, &headers).await
}

/// A POST counts from our own pages only; a GET when the person went there (from another site: by a click), or when the
/// client is no browser that tells.
fn is_meant(state: &LoginState, method: &Method, headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if *method == Method::POST {
        // Our pages send no referrer, and then browsers write no origin either (Fetch standard, "append a request `Origin` header").
        let own_origin = text(header::ORIGIN.as_str()) == Some(format!("https://{host}{}", state.guard.config().port_suffix).as_str());
        return own_origin || text("sec-fetch-site") == Some("same-origin");
    }
    let clicked = text("sec-fetch-user") == Some("?1");
    let foreign = text("sec-fetch-site").is_some_and(|site| site == "cross-site") && !clicked;
    let embedded =
        text("sec-fetch-mode").is_some_and(|mode| mode != "navigate") || text("sec-fetch-dest").is_some_and(|dest| dest != "document");
    let prefetched = text("sec-purpose").is_some() || text("purpose").is_some();
    *method == Method::GET && !foreign && !embedded && !prefetched
}

fn ask(state: &LoginState, headers: &HeaderMap) -> Response<Body> {
    answer::page(
        StatusCode::OK,
        pages::SignOut { action: "/cdn-cgi/access/logout".into() }.render(&state.look(), answer::language(headers)),
    )
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
