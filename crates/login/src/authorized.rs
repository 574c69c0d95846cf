//! The last hop, on the application's host: the ticket becomes the application cookie.

use std::collections::HashMap;

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Response},
};
use guard::{
    Client,
    compiled::CompiledApp,
    credential::{APP_SESSION_COOKIE, single_cookie},
    ticket::{Ticket, cookie_hash},
};
use model::hostname::AppAddress;

use crate::{answer, eager, failed, flow, state::LoginState};

/// `GET /cdn-cgi/access/authorized?nonce&state`.
pub(crate) async fn authorized(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let now = state.now();
    let Some(ticket) = redeem(&state, &query, &headers, &client) else { return failed::invalid_session(&state, &headers) };
    let (Some(live), Some(app)) = (state.guard.session(&ticket.session, now), state.guard.app(&ticket.app)) else {
        return failed::invalid_session(&state, &headers);
    };
    if !app.accepts(&live.session.idp) {
        return failed::invalid_session(&state, &headers);
    }
    let addresses = addresses(&app, &ticket.host);
    if addresses.is_empty() {
        return failed::invalid_session(&state, &headers);
    }
    match state.guard.app_cookies(&app, ticket.policy, &live, &addresses, now) {
        Ok(cookies) => {
            let onwards = answer::redirect(&eager::onwards(&state, &app, &ticket));
            cookies.iter().fold(onwards, |response, cookie| answer::with_cookie(response, cookie))
        }
        Err(error) => {
            tracing::error!(error = %error, "an application token could not be signed");
            flow::unavailable(&state, &headers)
        }
    }
}

/// The addresses on this host that get a cookie: all of them where cookies keep to paths, else any one.
fn addresses<'a>(app: &'a CompiledApp, host: &str) -> Vec<&'a AppAddress> {
    let here = app.app.destinations.iter().filter(|address| address.matches_host(host));
    if app.app.cookies.path { here.collect() } else { here.take(1).collect() }
}

/// The binding is checked before the ticket is used up, so that a stranger's attempt does not spend it.
fn redeem(state: &LoginState, query: &HashMap<String, String>, headers: &HeaderMap, client: &Client) -> Option<Ticket> {
    let sealed = query.get("state")?;
    let mark = single_cookie(headers, APP_SESSION_COOKIE)?;
    let seen = state.guard.look_at_ticket(sealed, state.now())?;
    let fits = seen.app_session_hash == cookie_hash(mark) && seen.host == client.host && query.get("nonce") == Some(&seen.id);
    if fits { state.guard.redeem_ticket(sealed, state.now()) } else { None }
}
