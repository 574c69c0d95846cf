//! The team domain's front page, the App Launcher: who is signed in, and what they may open.
//!
//! Where the account has an App Launcher application, its policies guard the page, and it is how people begin there: the sign-in is
//! one like for every application, but that no cookie is planted at its end, since the team domain has its own.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use guard::{Client, ClientCertificate, Outcome, compiled::CompiledApp, live::LiveSession, record::Circumstances};
use model::{
    app::{AppKind, LauncherLook, link_address},
    hostname::AppAddress,
};
use pages::{Landing, Launcher, SignedOut, Tile};

use crate::{answer, flow, state::LoginState};

/// Where the sign-in to the App Launcher begins.
pub(crate) const SIGN_IN_PATH: &str = "/cdn-cgi/access/launcher";

/// `GET /?tag` on the team domain.
pub(crate) async fn home(
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
        (None, None) => return answer::page(StatusCode::OK, SignedOut { sign_in_url: None }.render(&state.look(), lang)),
    };
    let (name, email) = (live.identity.name.clone(), live.identity.email.to_string());
    let tag = query.get("tag").filter(|tag| !tag.is_empty()).cloned();
    let styled = if launcher.is_some() { state.look().of_launcher(&look) } else { state.look() };
    let apps = tiles(&state, &live, &client);
    let page = Launcher { name, email, apps, tag, launcher: look, sign_out_url: "/cdn-cgi/access/logout".into() };
    answer::page(StatusCode::OK, page.render(&styled, lang))
}

/// `GET /cdn-cgi/access/launcher`: the sign-in to the App Launcher, or the front page where there is none.
pub(crate) async fn sign_in(State(state): State<LoginState>, Extension(client): Extension<Client>, headers: HeaderMap) -> Response<Body> {
    match of_account(&state) {
        Some((app, _)) => begin(&state, &app, &client, &headers),
        None => answer::redirect(&format!("{}/", state.guard.config().team_origin)),
    }
}

/// The stylesheet of the App Launcher's pages.
pub(crate) async fn style(State(state): State<LoginState>) -> Response<Body> {
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
    match state.guard.begin_login(app, client, headers, "/", state.now()) {
        Ok(begun) => answer::with_cookie(answer::redirect(&begun.location), &begun.set_cookie),
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

/// What the person may open, by name: applications whose policies admit them now, or would after a step-up or another answer; bookmarks
/// likewise, those without a policy for everybody.
fn tiles(state: &LoginState, live: &LiveSession, client: &Client) -> Vec<Tile> {
    let mut out = Vec::new();
    for app in state.guard.compiled().apps().filter(|a| a.app.app_launcher_visible) {
        let url = match &app.app.kind {
            AppKind::SelfHosted => app.app.domain().map(|address| url(state, address)),
            AppKind::Bookmark { link } => Some(link_address(link)),
            AppKind::AppLauncher(_) | AppKind::Console => None,
        };
        let Some(url) = url else { continue };
        let open_to_all = matches!(app.app.kind, AppKind::Bookmark { .. }) && app.app.policies.is_empty();
        if open_to_all || (app.accepts(&live.session.idp) && !matches!(judge(state, app, live, client), Outcome::Deny(_) | Outcome::Login))
        {
            out.push(Tile { name: app.app.name.clone(), url, logo: app.app.logo_url.clone(), tags: app.app.tags.clone() });
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn judge(state: &LoginState, app: &CompiledApp, live: &LiveSession, client: &Client) -> Outcome {
    let at = Circumstances {
        action: "launcher",
        host: app.app.domain().map_or(&client.host, AppAddress::host),
        path: "/",
        ip: client.ip,
        rule_ip: client.rule_ip,
        country: client.country.as_deref(),
        service_token: None,
        certificate: ClientCertificate::NotAsked.fact(),
        linked_app: None,
        now: state.now(),
    };
    state.guard.judge(app, Some(live.into()), &at).outcome
}

fn url(state: &LoginState, address: &AppAddress) -> String {
    format!("https://{}{}{}", address.host(), state.guard.config().port_suffix, address.path().trim_end_matches('*'))
}
