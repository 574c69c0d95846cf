//! How one's own request stands: the page looks again by itself.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Response, StatusCode},
};
use guard::compiled::CompiledApp;
use model::{
    GrantId,
    access_request::{AccessRequest, RequestState},
};
use pages::{GoOn, RequestEnd, RequestEnded, RequestWaiting};

use super::{ask, not_found};
use crate::{answer, state::LoginState};

/// `GET /cdn-cgi/access/request/{id}`, for whoever made it.
pub(super) async fn waiting(State(state): State<LoginState>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let (Some(live), Ok(id)) = (state.guard.org_session(&headers, state.now()), id.parse::<GrantId>()) else {
        return not_found(&state, &headers);
    };
    let request = match state.guard.store().read(move |reader| reader.access_request(&id)).await {
        Ok(request) => request.filter(|request| request.user == live.session.user_id),
        Err(error) => return ask::unavailable(&state, &headers, &error),
    };
    let app = request.as_ref().and_then(|request| state.guard.app(&request.app));
    match (request, app) {
        (Some(request), Some(app)) => page(&state, &app, &request, &headers),
        _ => not_found(&state, &headers),
    }
}

pub(super) fn page(state: &LoginState, app: &CompiledApp, request: &AccessRequest, headers: &HeaderMap) -> Response<Body> {
    let (now, name) = (state.now(), app.app.name.clone());
    let end = match &request.state {
        RequestState::Waiting if request.is_open(now) => {
            let page = RequestWaiting { app: name, approvers: ask::named(state, app, request.policy) };
            return answer::following_page(page.render(&state.look(), answer::language(headers)));
        }
        RequestState::Approved { until, .. } if now < *until => return go_on(state, app, &request.return_to, headers),
        RequestState::Waiting | RequestState::Approved { .. } => RequestEnd::Over,
        RequestState::Refused { note, .. } => RequestEnd::Refused(note.clone()),
    };
    let page = RequestEnded { app: name, end, again_url: request.return_to.clone() };
    answer::page(StatusCode::OK, page.render(&state.look(), answer::language(headers)))
}

/// On to the application. Not by a redirect: a form's answer may lead to its own host only.
pub(super) fn go_on(state: &LoginState, app: &CompiledApp, url: &str, headers: &HeaderMap) -> Response<Body> {
    let page = GoOn { app: app.app.name.clone(), url: url.to_owned() };
    answer::page(StatusCode::OK, page.render(&state.look(), answer::language(headers)))
}
