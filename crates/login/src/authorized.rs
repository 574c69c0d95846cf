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
    credential::{APP_SESSION_COOKIE, single_cookie},
    sign_in::app_cookie,
    ticket::{Ticket, cookie_hash},
};

use crate::{answer, failed, flow, state::LoginState};

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
    let compiled = state.guard.compiled();
    let path = ticket.redirect_url.split('?').next().unwrap_or("/");
    let decoded = model::hostname::decode_path(path).unwrap_or_else(|| "/".to_owned());
    let address = compiled.find_address(&ticket.host, &decoded).filter(|(_, found)| found.app.id == app.app.id).map(|(address, _)| address);
    let Some(address) = address.or_else(|| app.app.domain()) else { return failed::invalid_session(&state, &headers) };
    if !app.accepts(&live.session.idp) {
        return failed::invalid_session(&state, &headers);
    }
    match state.guard.app_token(&app, ticket.policy, &live, now) {
        Ok(token) => {
            let target = format!("https://{}{}{}", ticket.host, state.guard.config().port_suffix, flow::local(&ticket.redirect_url));
            answer::with_cookie(answer::redirect(&target), &app_cookie(&app, address, &token))
        }
        Err(error) => {
            tracing::error!(error = %error, "an application token could not be signed");
            flow::unavailable(&state, &headers)
        }
    }
}

/// The binding is checked before the ticket is used up, so that a stranger's attempt does not spend it.
fn redeem(state: &LoginState, query: &HashMap<String, String>, headers: &HeaderMap, client: &Client) -> Option<Ticket> {
    let sealed = query.get("state")?;
    let mark = single_cookie(headers, APP_SESSION_COOKIE)?;
    let seen = state.guard.look_at_ticket(sealed, state.now())?;
    let fits = seen.app_session_hash == cookie_hash(mark) && seen.host == client.host && query.get("nonce") == Some(&seen.id);
    if fits { state.guard.redeem_ticket(sealed, state.now()) } else { None }
}
