//! The login page: checks `meta`, signs in silently where a session lives, else offers the login methods.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, Response, StatusCode},
};
use guard::{Client, compiled::CompiledApp, ticket::Meta};
use model::{
    IdpId,
    idp::{IdentityProvider, Prompt},
};
use pages::{Choice, LoginMethod};

use crate::{answer, evaluation, flow, start, state::LoginState, step_up, unfinished};

/// What a login request established.
pub(crate) struct Asked {
    pub app: Arc<CompiledApp>,
    pub meta: Meta,
}

impl Asked {
    fn target(&self) -> flow::Target<'_> {
        flow::Target {
            host: &self.meta.hostname,
            redirect_url: &self.meta.redirect_url,
            app_session_hash: &self.meta.app_session_hash,
            mtls: &self.meta.mtls_auth,
        }
    }
}

/// `GET /cdn-cgi/access/login/{host}?kid&meta&redirect_url[&idp]`.
pub(crate) async fn choose(
    State(state): State<LoginState>,
    Extension(client): Extension<Client>,
    Path(host): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let lang = answer::language(&headers);
    let Some(asked) = read(&state, &host, &query) else {
        return answer::page(StatusCode::NOT_FOUND, pages::NotFound { host: host.chars().take(120).collect() }.render(&state.look(), lang));
    };
    let methods = login_methods(&state, &asked.app);
    // A fresh sign-in that was asked for in so many words: with another account, or with the same to stay longer.
    let prompt = match query.get("account").map(String::as_str) {
        Some("other") => Some(Prompt::SelectAccount),
        Some("again") => Some(Prompt::Login),
        _ => None,
    };
    let is_fresh = prompt.is_some();
    if let Some(wanted) = query.get("idp") {
        return match wanted.parse::<IdpId>().ok().and_then(|id| methods.iter().find(|m| m.id == id)) {
            Some(idp) => first_trip(&state, &asked, idp, prompt, (&client, &headers)),
            None => answer::page(StatusCode::NOT_FOUND, pages::NotFound { host: asked.meta.hostname }.render(&state.look(), lang)),
        };
    }
    let live = state.guard.org_session(&headers, state.now()).filter(|live| !is_fresh && asked.app.accepts(&live.session.idp));
    if let Some(live) = live {
        let asked_for = flow::Asked { target: asked.target(), client: &client, headers: &headers };
        // A HEAD request is not led to the provider: the chain ends below.
        let is_enough = !evaluation::is_due(&state, &asked.app, &live, &asked_for);
        if is_enough && (method != Method::HEAD || !step_up::is_due(&state, &asked.app, &live, &asked_for)) {
            return flow::continue_with_session(&state, &asked.app, &live, &asked_for).await;
        }
    }
    if method == Method::HEAD {
        // Command-line clients follow redirects of HEAD requests until they time out: end the chain here.
        return answer::page(StatusCode::OK, String::new());
    }
    let organization = state.guard.store().snapshot().organization.auto_redirect_to_identity;
    // Whoever comes again without having come back sees the methods, and the way to the help, first.
    let unfinished = !is_fresh && unfinished::is_likely(&headers, state.now());
    if let [only] = methods.as_slice()
        && !unfinished
        && (is_fresh || asked.app.app.auto_redirect_to_identity || organization)
    {
        return first_trip(&state, &asked, only, prompt, (&client, &headers));
    }
    let methods = methods.iter().map(|m| LoginMethod { name: m.name.clone(), url: link(&host, &query, m.id) }).collect();
    let help_url = unfinished.then(|| unfinished::PATH.to_owned());
    let page = Choice { app: asked.app.app.name.clone(), methods, help_url }.render(&state.look(), lang);
    answer::framed_as(answer::page(StatusCode::OK, page), &asked.app)
}

/// Somebody who is not signed in goes to the provider. A context without which nobody gets in is asked for at once.
fn first_trip(
    state: &LoginState,
    asked: &Asked,
    idp: &IdentityProvider,
    prompt: Option<Prompt>,
    (client, headers): (&Client, &HeaderMap),
) -> Response<Body> {
    let target = asked.target();
    let needed = state.guard.contexts_to_ask(&asked.app, &idp.id, &target.circumstances(state, client));
    let trip = start::Trip {
        app: &asked.app,
        target: &target,
        country: asked.meta.real_country.as_deref(),
        idp,
        prompt,
        contexts: step_up::next_of(needed),
        stepping_up: None,
    };
    start::start(state, &trip, headers)
}

/// Entry is by a fresh `meta` of ours only, so the page cannot be linked to from outside.
fn read(state: &LoginState, host: &str, query: &HashMap<String, String>) -> Option<Asked> {
    let meta = state.guard.read_meta(query.get("meta")?, state.now())?;
    let compiled = state.guard.compiled();
    let app = compiled.apps().find(|a| a.app.aud.as_str() == meta.aud)?.clone();
    let fits = query.get("kid")? == &meta.aud && host.eq_ignore_ascii_case(&meta.hostname);
    fits.then_some(Asked { app, meta })
}

fn login_methods(state: &LoginState, app: &CompiledApp) -> Vec<Arc<IdentityProvider>> {
    state.guard.store().snapshot().idps.values().filter(|i| app.accepts(&i.id)).cloned().collect()
}

fn link(host: &str, query: &HashMap<String, String>, idp: IdpId) -> String {
    let mut out = url::form_urlencoded::Serializer::for_suffix(
        format!("/cdn-cgi/access/login/{host}?"),
        "/cdn-cgi/access/login/?".len() + host.len(),
    );
    for name in ["kid", "meta", "redirect_url", "account"] {
        if let Some(value) = query.get(name) {
            out.append_pair(name, value);
        }
    }
    out.append_pair("idp", &idp.to_string());
    out.finish()
}
