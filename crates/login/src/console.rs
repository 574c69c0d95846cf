//! The ways into the administrators' console: the sign-in through doorward itself, and the local door with its one-time token.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::{get, post},
};
use guard::{
    Client,
    compiled::CompiledApp,
    console::{DoorShut, no_console_cookie},
};
use pages::{ConsoleDoor, DoorFault};

use crate::{answer, flow, state::LoginState};

/// Where the sign-in begins, and where it ends with the console's cookie.
const SIGN_IN_PATH: &str = "/console/sign-in";
/// The local door.
const DOOR_PATH: &str = "/console/door";
/// The way out.
const SIGN_OUT_PATH: &str = "/console/sign-out";
/// The console itself.
const CONSOLE: &str = "/console/";
/// A form with one token.
const MOST_FORM: usize = 4096;

/// Routes of the team domain.
pub(crate) fn router() -> Router<LoginState> {
    Router::new()
        .route(SIGN_IN_PATH, get(sign_in))
        .route(DOOR_PATH, get(door).post(open_door))
        .route(SIGN_OUT_PATH, post(sign_out))
        .layer(DefaultBodyLimit::max(MOST_FORM))
}

/// `GET /console/sign-in`: whoever the console's policy lets in gets its cookie, everybody else goes through the sign-in, which says why
/// when it ends with a refusal. Where nobody was named yet, the door is the only way.
async fn sign_in(State(state): State<LoginState>, Extension(client): Extension<Client>, headers: HeaderMap) -> Response<Body> {
    let Some(app) = state.guard.console() else { return answer::redirect(&absolute(&state, DOOR_PATH)) };
    let now = state.now();
    let live = state.guard.org_session(&headers, now).filter(|live| state.guard.console_role(live, &client, now).is_some());
    match live.and_then(|live| state.guard.console_cookie(&live, now)) {
        Some(cookie) => answer::with_cookie(answer::redirect(&absolute(&state, CONSOLE)), &cookie),
        None => begin(&state, &app, &client, &headers),
    }
}

fn begin(state: &LoginState, app: &Arc<CompiledApp>, client: &Client, headers: &HeaderMap) -> Response<Body> {
    match state.guard.begin_login(app, client, headers, SIGN_IN_PATH, state.now()) {
        Ok(begun) => answer::with_cookie(answer::redirect(&begun.location), &begun.set_cookie),
        Err(error) => {
            tracing::error!(error = %error, "a sign-in to the console could not be begun");
            flow::unavailable(state, headers)
        }
    }
}

/// `GET /console/door`.
async fn door(State(state): State<LoginState>, headers: HeaderMap) -> Response<Body> {
    door_page(&state, &headers, StatusCode::OK, None)
}

/// `POST /console/door`: from this very page only.
async fn open_door(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if !is_own(&state, &headers) {
        return door_page(&state, &headers, StatusCode::FORBIDDEN, Some(DoorFault::Foreign));
    }
    let token =
        url::form_urlencoded::parse(&body).find(|(name, _)| name == "token").map_or_else(String::new, |(_, value)| value.into_owned());
    match state.guard.open_door(&token, &client, state.now()).await {
        Ok(cookie) => answer::with_cookie(answer::redirect(&absolute(&state, CONSOLE)), &cookie),
        Err(DoorShut::Store(error)) => {
            tracing::error!(error = %error, "the console's door could not be opened");
            flow::unavailable(&state, &headers)
        }
        Err(shut) => {
            tracing::warn!(client = %client.ip, why = %shut, "somebody knocked at the console's local door");
            let fault = match shut {
                DoorShut::Late => DoorFault::Late,
                DoorShut::Used => DoorFault::Used,
                DoorShut::Unknown | DoorShut::Store(_) => DoorFault::Unknown,
            };
            door_page(&state, &headers, StatusCode::FORBIDDEN, Some(fault))
        }
    }
}

/// `POST /console/sign-out`, from the console's own page only.
async fn sign_out(State(state): State<LoginState>, Extension(client): Extension<Client>, headers: HeaderMap) -> Response<Body> {
    if !is_own(&state, &headers) {
        return answer::redirect(&absolute(&state, CONSOLE));
    }
    let now = state.now();
    if let Ok(visit) = state.guard.console_visit(&headers, &client, now).await
        && let Err(error) = state.guard.leave_console(&visit, now).await
    {
        tracing::error!(error = %error, "a sign-out of the console could not be stored");
        return flow::unavailable(&state, &headers);
    }
    let page = answer::page(
        StatusCode::OK,
        pages::SignedOut { sign_in_url: Some("/console/sign-in".into()) }.render(&state.look(), answer::language(&headers)),
    );
    answer::with_cookie(page, &no_console_cookie())
}

fn door_page(state: &LoginState, headers: &HeaderMap, status: StatusCode, fault: Option<DoorFault>) -> Response<Body> {
    answer::page(status, ConsoleDoor { fault }.render(&state.look(), answer::language(headers)))
}

fn absolute(state: &LoginState, path: &str) -> String {
    format!("{}{path}", state.guard.config().team_origin)
}

/// Our pages send no referrer, and then browsers write no origin either: one of the two has to speak for this host, and neither against it.
fn is_own(state: &LoginState, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let own = text(header::ORIGIN.as_str()) == Some(state.guard.config().team_origin.as_str());
    let site = text("sec-fetch-site");
    (own || site == Some("same-origin")) && site.is_none_or(|site| site == "same-origin")
}
