//! The eager chain: after a sign-in to one address of an application its other hosts get their cookies too, host by host, before the
//! person arrives ("Eager redirect cookie" of Cloudflare One).
//!
//! On each host it is a whole sign-in without a provider: the host binds it to the browser, the team domain knows the session, the
//! host takes the ticket. That is three redirects a host; browsers give up after some twenty, so few hosts are in a chain, and the
//! others sign in when they are first asked. Hosts with a wildcard have no name to go to.

use std::collections::{BTreeSet, HashMap};

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Response},
};
use guard::{
    Client,
    compiled::CompiledApp,
    ticket::{Chain, Ticket},
};

use crate::{answer, failed, flow, state::LoginState};

/// Where the chain goes on, on each host.
pub(crate) const PATH: &str = "/cdn-cgi/access/eager";
/// Most further hosts of one chain.
const MOST_HOSTS: usize = 3;
/// Longest path and query with a chain in it; a longer one would not come back from the sign-in.
const LONGEST: usize = 1900;

/// Where the browser goes once a ticket was taken: on with its chain, to the begin of one, or to what was asked for.
pub(crate) fn onwards(state: &LoginState, app: &CompiledApp, ticket: &Ticket) -> String {
    let begun = ticket.redirect_url.strip_prefix(PATH).and_then(|query| query.strip_prefix("?chain="));
    match begun {
        Some(sealed) => match state.guard.open_chain(sealed, state.now()) {
            Some(chain) => next(state, chain.without(&ticket.host)),
            None => absolute(state, &ticket.host, "/"),
        },
        None => next(state, first(state, app, ticket)),
    }
}

/// `GET /cdn-cgi/access/eager?chain` on an application's host.
pub(crate) async fn eager(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let chain = query.get("chain").and_then(|sealed| state.guard.open_chain(sealed, state.now()));
    let Some(chain) = chain.filter(|chain| chain.hosts.contains(&client.host)) else { return failed::invalid_session(&state, &headers) };
    let Some(app) = state.guard.app(&chain.app) else { return failed::invalid_session(&state, &headers) };
    let there = state.guard.app_session(&client.host, &headers, state.now());
    if there.is_some_and(|live| live.session.nonce == chain.session) {
        return answer::redirect(&next(&state, chain.without(&client.host)));
    }
    match state.guard.begin_login(&app, &client, &headers, &path(&state, &chain), state.now()) {
        Ok(begun) => answer::with_cookie(answer::redirect(&begun.location), &begun.set_cookie),
        Err(error) => {
            tracing::error!(error = %error, "a sign-in could not be begun");
            flow::unavailable(&state, &headers)
        }
    }
}

/// The chain behind a first ticket; without further hosts where there are none, or the application does not want it.
fn first(state: &LoginState, app: &CompiledApp, ticket: &Ticket) -> Chain {
    let concrete = app.app.destinations.iter().filter(|d| d.is_concrete_host() && d.host() != ticket.host).map(|d| d.host().to_owned());
    let hosts: BTreeSet<String> = if app.app.cookies.eager { concrete.collect() } else { BTreeSet::new() };
    let chain = Chain {
        app: app.app.id,
        session: ticket.session.clone(),
        hosts: hosts.into_iter().take(MOST_HOSTS).collect(),
        host: ticket.host.clone(),
        target: flow::local(&ticket.redirect_url),
        at: state.now(),
    };
    if path(state, &chain).len() <= LONGEST { chain } else { Chain { hosts: Vec::new(), ..chain } }
}

fn next(state: &LoginState, chain: Chain) -> String {
    match chain.hosts.first() {
        Some(host) => absolute(state, host, &path(state, &chain)),
        None => absolute(state, &chain.host, &chain.target),
    }
}

fn path(state: &LoginState, chain: &Chain) -> String {
    format!("{PATH}?chain={}", state.guard.seal_chain(chain))
}

fn absolute(state: &LoginState, host: &str, path: &str) -> String {
    format!("https://{host}{}{path}", state.guard.config().port_suffix)
}
