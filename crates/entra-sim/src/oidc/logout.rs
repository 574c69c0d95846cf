//! Owns sign-out: ending the browser session and telling applications through hidden frames.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;

use super::authority::Authority;
use super::authorize::Visit;
use super::cookies;
use super::page::{self, SignedOutPage};
use super::params::Params;
use crate::state::Sim;

/// `GET|POST /{tenant}/oauth2/v2.0/logout`
pub async fn endpoint(
    State(sim): State<Arc<Sim>>,
    Path(segment): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let visit = Visit::new(sim, &headers);
    let text = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    let read = Authority::of(&segment, &visit.sim.tenant());
    let params = match read.and_then(|_| Params::read(&text)) {
        Ok(params) => params,
        Err(fault) => return page::refuse(&fault, &visit.trace),
    };
    let session = visit.session.as_ref().and_then(|cookie| visit.sim.desk.lock().sessions.take(cookie));
    let tenant = visit.sim.tenant();
    let mut frames = Vec::new();
    if let Some(session) = &session {
        for app in session.apps.iter().filter_map(|id| tenant.app(*id)) {
            if let Some(address) = &app.web.logout_url {
                let joint = if address.contains('?') { '&' } else { '?' };
                frames.push(format!("{address}{joint}sid={}", session.sid));
            }
        }
    }
    let next = params
        .get("post_logout_redirect_uri")
        .filter(|uri| tenant.applications.values().any(|app| app.redirect_uris().any(|known| known == uri)))
        .map(|uri| match params.get("state") {
            Some(state) => {
                let joint = if uri.contains('?') { '&' } else { '?' };
                let state: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
                format!("{uri}{joint}state={state}")
            }
            None => uri.to_owned(),
        });
    let mut response = page::show(StatusCode::OK, &SignedOutPage { frames, next });
    cookies::clear(response.headers_mut(), &visit.sim.base, cookies::SESSION);
    visit.trace.mark(response.headers_mut());
    response
}
