//! The team domain's front page: who is signed in, and what they may open.

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use guard::{Client, Outcome, record::Circumstances};
use model::hostname::AppAddress;
use pages::{Launcher, SignedOut, Tile};

use crate::{answer, state::LoginState};

/// `GET /` on the team domain.
pub(crate) async fn home(State(state): State<LoginState>, Extension(client): Extension<Client>, headers: HeaderMap) -> Response<Body> {
    let lang = answer::language(&headers);
    let live = state.guard.org_session(&headers, state.now());
    let mut apps: Vec<Tile> = Vec::new();
    if let Some(live) = &live {
        for app in state.guard.compiled().apps().filter(|a| a.app.app_launcher_visible && a.accepts(&live.session.idp)) {
            let Some(address) = app.app.domain() else { continue };
            let at = Circumstances {
                action: "launcher",
                host: address.host(),
                path: "/",
                ip: client.ip,
                rule_ip: client.rule_ip,
                country: client.country.as_deref(),
                service_token: None,
                now: state.now(),
            };
            let outcome = state.guard.judge(app, Some(&live.identity), &at).outcome;
            if outcome.is_open() || matches!(outcome, Outcome::StepUp(_)) {
                apps.push(Tile { name: app.app.name.clone(), url: url(&state, address), logo: app.app.logo_url.clone() });
            }
        }
        apps.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let Some(live) = live else {
        return answer::page(StatusCode::OK, SignedOut { sign_in_url: None }.render(&state.look(), lang));
    };
    let (name, email) = (live.identity.name.clone(), live.identity.email.to_string());
    let page = Launcher { name, email, apps, sign_out_url: "/cdn-cgi/access/logout".into() };
    answer::page(StatusCode::OK, page.render(&state.look(), lang))
}

fn url(state: &LoginState, address: &AppAddress) -> String {
    format!("https://{}{}{}", address.host(), state.guard.config().port_suffix, address.path().trim_end_matches('*'))
}
