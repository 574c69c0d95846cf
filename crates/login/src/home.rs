//! The team domain's front page, the App Launcher: who is signed in, for how long, and what they may open.
//!
//! Where the account has an App Launcher application, its policies guard the page, and it is how people begin there: the sign-in is
//! one like for every application, but that no cookie is planted at its end, since the team domain has its own.

mod favourite;
mod tiles;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::{get, post},
};
use guard::{Client, Outcome, compiled::CompiledApp, live::LiveSession};
use model::app::{AppKind, LauncherLook};
use pages::{Landing, Launcher, NotSignedIn, SessionEnd};

use crate::{
    answer, certs, flow,
    form::{About, bind},
    state::LoginState,
};
use tiles::judge;

/// Where the sign-in to the App Launcher begins.
pub(crate) const SIGN_IN_PATH: &str = "/cdn-cgi/access/launcher";

/// The console's front page.
const CONSOLE: &str = "/console/";

/// Characters of a search that are looked at.
const LONGEST_SEARCH: usize = 100;

pub(crate) fn router() -> Router<LoginState> {
    Router::new()
        .route("/", get(home))
        .route(SIGN_IN_PATH, get(sign_in))
        .route(pages::FAVOURITE_PATH, post(favourite::mark))
        .route(pages::LAUNCHER_STYLE_PATH, get(style))
        .route(pages::LAUNCHER_SCRIPT_PATH, get(certs::launcher_script))
}

/// `GET /?tag&q` on the team domain.
async fn home(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let lang = answer::language(&headers);
    let launcher = of_account(&state);
    let look = launcher.as_ref().map(|(_, look)| look.clone()).unwrap_or_default();
    let live = state.guard.org_session(&headers, state.now());
    let live = match (live, &launcher) {
        (Some(live), None) => live,
        (Some(live), Some((app, _))) if app.accepts(&live.session.idp) => match judge(&state, app, &live, &client) {
            Outcome::Allow { .. } | Outcome::Bypass { .. } | Outcome::ServiceAuth { .. } => live,
            // Refused, or something more is asked: the sign-in says so, and writes it down.
            _ => return begin(&state, app, &client, &headers),
        },
        (_, Some((app, look))) if look.skip_app_launcher_login_page => return begin(&state, app, &client, &headers),
        (_, Some((_, look))) => {
            let page = Landing { launcher: look.clone(), sign_in_url: SIGN_IN_PATH.into() };
            return answer::page(StatusCode::OK, page.render(&state.look().of_launcher(look), lang));
        }
        // Nobody says here that a session ended: who signs out is told so by the sign-out itself.
        (None, None) => return answer::page(StatusCode::OK, NotSignedIn { console_url: CONSOLE.into() }.render(&state.look(), lang)),
    };
    let styled = if launcher.is_some() { state.look().of_launcher(&look) } else { state.look() };
    let page = of_person(&state, &live, &client, look, launcher.is_some(), &query).await;
    answer::launcher_page(page.render(&styled, lang))
}

/// What the person meets.
async fn of_person(
    state: &LoginState,
    live: &LiveSession,
    client: &Client,
    look: LauncherLook,
    can_extend: bool,
    query: &HashMap<String, String>,
) -> Launcher {
    let word = |name: &str| -> Option<String> {
        let text: String = query.get(name)?.trim().chars().take(LONGEST_SEARCH).collect();
        (!text.is_empty()).then_some(text)
    };
    let own = tiles::Own::of(state, live.session.user_id).await;
    let ends = live.session.expires_at;
    Launcher {
        name: live.identity.name.clone(),
        email: live.identity.email.to_string(),
        apps: tiles::tiles(state, live, client, &own),
        recent: own.recent,
        tag: word("tag"),
        search: word("q"),
        launcher: look,
        ends: SessionEnd {
            at_millis: ends.millis(),
            left_secs: ends.secs_since(state.now()),
            extend_url: can_extend.then(|| format!("{SIGN_IN_PATH}?extend=1")),
        },
        form_state: bind(state, live, About::Favourites),
        sign_out_url: "/cdn-cgi/access/logout".into(),
    }
}

/// `GET /cdn-cgi/access/launcher?extend`: the sign-in to the App Launcher, or the front page where there is none. Whoever extends signs in
/// anew at the provider of their session, which demands credentials again; what ends then is the old time, not the old session.
async fn sign_in(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let live = state.guard.org_session(&headers, state.now()).filter(|_| query.contains_key("extend"));
    match of_account(&state) {
        Some((app, _)) => {
            let again = live.filter(|live| app.accepts(&live.session.idp)).map(|live| format!("&account=again&idp={}", live.session.idp));
            begin_with(&state, &app, &client, &headers, &again.unwrap_or_default())
        }
        None => answer::redirect(&format!("{}/", state.guard.config().team_origin)),
    }
}

/// The stylesheet of the App Launcher's pages.
async fn style(State(state): State<LoginState>) -> Response<Body> {
    let look = of_account(&state).map(|(_, look)| look).unwrap_or_default();
    let mut response = Response::new(Body::from(state.look().of_launcher(&look).stylesheet()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// The App Launcher application, where there is one.
pub(crate) fn launcher(state: &LoginState) -> Option<Arc<CompiledApp>> {
    of_account(state).map(|(app, _)| app)
}

fn begin(state: &LoginState, app: &CompiledApp, client: &Client, headers: &HeaderMap) -> Response<Body> {
    begin_with(state, app, client, headers, "")
}

/// The same with more to the address of the login page.
fn begin_with(state: &LoginState, app: &CompiledApp, client: &Client, headers: &HeaderMap, more: &str) -> Response<Body> {
    match state.guard.begin_login(app, client, headers, "/", state.now()) {
        Ok(begun) => answer::with_cookie(answer::redirect(&format!("{}{more}", begun.location)), &begun.set_cookie),
        Err(error) => {
            tracing::error!(error = %error, "a sign-in could not be begun");
            flow::unavailable(state, headers)
        }
    }
}

/// The App Launcher application, when the account has one with a policy: without one it is off.
fn of_account(state: &LoginState) -> Option<(Arc<CompiledApp>, LauncherLook)> {
    let compiled = state.guard.compiled();
    compiled.apps().find_map(|app| match &app.app.kind {
        AppKind::AppLauncher(look) if !app.app.policies.is_empty() => Some((app.clone(), look.clone())),
        AppKind::AppLauncher(_) | AppKind::SelfHosted | AppKind::Bookmark { .. } | AppKind::Console => None,
    })
}
