//! The approver's page: who asks, for what and why, and the two buttons.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
};
use model::GrantId;
use pages::{ApprovalDone, Approve, Done};

use super::{
    APPROVE_PATH, ask,
    decide::{self, Case, Said},
    not_found,
};
use crate::{
    answer,
    form::{About, Sent, bind},
    state::LoginState,
};

/// Characters of an approver's words.
const LONGEST_NOTE: usize = 1000;

/// `GET /cdn-cgi/access/approve/{id}`. Strangers learn nothing, not even whether there is such a request.
pub(super) async fn show(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Ok(id) = id.parse::<GrantId>() else { return not_found(&state, &headers) };
    let Some(live) = state.guard.org_session(&headers, state.now()) else {
        return done(&state, &headers, (String::new(), String::new()), Done::SignInFirst);
    };
    let case = match state.guard.store().read(move |reader| Case::read(reader, &id)).await {
        Ok(case) => case.filter(|case| case.may_decide(live.session.user_id, &live.identity)),
        Err(error) => return ask::unavailable(&state, &headers, &error),
    };
    let Some(case) = case else { return not_found(&state, &headers) };
    let request = case.request;
    let app = state.guard.app(&request.app).map(|app| app.app.name.clone()).unwrap_or_default();
    if !request.is_open(state.now()) {
        return done(&state, &headers, (request.email.to_string(), app), Done::Closed);
    }
    let page = Approve {
        name: request.name,
        email: request.email.to_string(),
        app,
        policy: case.policy.name,
        purpose: request.purpose,
        hours: u32::try_from(request.wanted_secs / 3600).unwrap_or(1),
        action: format!("{APPROVE_PATH}/{id}"),
        state: bind(&state, &live, About::Approve(id)),
    };
    answer::page(StatusCode::OK, page.render(&state.look(), answer::language(&headers)))
}

/// `POST /cdn-cgi/access/approve/{id}` with `verdict`, `hours` and `note`.
pub(super) async fn decided(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let (Some(live), Ok(id)) = (state.guard.org_session(&headers, state.now()), id.parse::<GrantId>()) else {
        return not_found(&state, &headers);
    };
    let sent = Sent::read(&state, &live, &headers, &body).filter(|sent| matches!(sent.about, About::Approve(bound) if bound == id));
    let Some(sent) = sent else { return not_found(&state, &headers) };
    let approves_secs = match (sent.word("verdict"), sent.seconds()) {
        ("approve", Some(secs)) => Some(secs),
        ("refuse", _) => None,
        _ => return not_found(&state, &headers),
    };
    let said = Said { approves_secs, note: sent.text("note", LONGEST_NOTE) };
    let (user, identity) = (live.session.user_id, live.identity.clone());
    let taken = state.guard.store().write(move |tx| Ok(decide::take(tx, &id, (user, &identity), said)?.zip(tx.access_request(&id)?))).await;
    match taken {
        Ok(Some((what, request))) => {
            let app = state.guard.app(&request.app).map(|app| app.app.name.clone()).unwrap_or_default();
            done(&state, &headers, (request.email.to_string(), app), what)
        }
        Ok(None) => not_found(&state, &headers),
        Err(error) => ask::unavailable(&state, &headers, &error),
    }
}

fn done(state: &LoginState, headers: &HeaderMap, (email, app): (String, String), done: Done) -> Response<Body> {
    let status = if done == Done::SignInFirst { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    answer::page(status, ApprovalDone { email, app, done }.render(&state.look(), answer::language(headers)))
}
