//! Owns the sign-in pages' forms: user name, password, account picker, consent, cancel.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::authority::Authority;
use super::authorize::Visit;
use super::conclude::{Consent, conclude};
use super::cookies;
use super::desk::{Account, FLOW_SECONDS, Flow, SESSION_SECONDS, Session};
use super::fault::Fault;
use super::page::{self, Choice, PasswordPage, PickerPage, Thread, UserNamePage};
use super::params::Params;
use super::password::{self, Candidate};
use super::request::{AuthorizeRequest, Goal, Prompt};
use super::respond;
use super::{admin_consent, approval, second_factor};
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Keeps a request while its person is asked, and returns what the forms repeat.
pub fn open(visit: &Visit, request: AuthorizeRequest, account: Option<Account>) -> Thread {
    let (ctx, canary) = (crate::random::token(86), crate::random::token(43));
    let app = app_name(&visit.sim, &request);
    let action = format!("/{}/login", request.segment);
    visit.sim.desk.lock().flows.put(
        ctx.clone(),
        Flow { request, browser: visit.browser.clone(), canary: canary.clone(), account },
        visit.trace.at,
        FLOW_SECONDS,
    );
    Thread { action, ctx, canary, app }
}

fn app_name(sim: &Sim, request: &AuthorizeRequest) -> String {
    sim.tenant().app(request.app_id).map(|app| app.display_name.clone()).unwrap_or_default()
}

/// Shows the signed-in accounts.
pub fn pick(visit: &Visit, request: AuthorizeRequest) -> Response {
    let thread = open(visit, request, None);
    let directory = visit.sim.tenant();
    let choices = visit
        .accounts(&directory)
        .iter()
        .filter_map(|account| directory.account(account.person))
        .map(|user| Choice {
            id: user.id.to_string(),
            name: user.profile.display_name.clone(),
            upn: user.profile.user_principal_name.clone(),
        })
        .collect();
    page::show(StatusCode::OK, &PickerPage { thread, choices })
}

/// Asks for the user name.
pub fn ask_name(visit: &Visit, request: AuthorizeRequest, typed: String) -> Response {
    let thread = open(visit, request, None);
    page::show(StatusCode::OK, &UserNamePage { thread, typed, problem: None })
}

/// Asks for the password.
pub fn ask_password(visit: &Visit, request: AuthorizeRequest, typed: String) -> Response {
    let thread = open(visit, request, None);
    page::show(StatusCode::OK, &PasswordPage { thread, typed, problem: None })
}

/// `POST /{tenant}/login`
pub async fn form(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: Bytes) -> Response {
    let visit = Visit::new(sim, &headers);
    let response = match Params::read(&body) {
        Ok(params) => step(&visit, &params),
        Err(fault) => page::refuse(&fault, &visit.trace),
    };
    visit.marked(response)
}

fn step(visit: &Visit, params: &Params) -> Response {
    let (Some(ctx), Some(canary)) = (params.get("ctx"), params.get("canary")) else {
        return page::refuse(&lost(), &visit.trace);
    };
    let flow = visit
        .sim
        .desk
        .lock()
        .flows
        .get(ctx, visit.trace.at)
        .filter(|flow| same(&flow.canary, canary) && same(&flow.browser, &visit.browser))
        .cloned();
    let Some(flow) = flow else {
        return page::refuse(&lost(), &visit.trace);
    };
    let thread = Thread {
        action: format!("/{}/login", flow.request.segment),
        ctx: ctx.to_owned(),
        canary: canary.to_owned(),
        app: app_name(&visit.sim, &flow.request),
    };
    match params.get("cancel") {
        Some(_) if matches!(flow.request.goal, Goal::AdminConsent(_)) => {
            finish(visit, ctx);
            return admin_consent::decline(visit, &flow.request);
        }
        Some("approval") => {
            finish(visit, ctx);
            return approval::cancel(visit, &flow);
        }
        Some("consent") => {
            finish(visit, ctx);
            let fault = Fault::new(65_004, "access_denied", "User declined to consent to access the app.");
            return respond::send_fault(&flow.request.back, &fault, &visit.trace, &visit.sim.base);
        }
        Some(_) => {
            finish(visit, ctx);
            return respond::send_cancel(&flow.request.back);
        }
        None => {}
    }
    if params.get("accept").is_some() {
        return match flow.account {
            Some(account) => {
                finish(visit, ctx);
                let consent = if params.get("orgwide").is_some() { Consent::ForAll } else { Consent::Given };
                conclude(visit, flow.request, account, consent)
            }
            None => page::refuse(&lost(), &visit.trace),
        };
    }
    if params.get("approval").is_some() {
        return approval::send(visit, &flow, thread, params);
    }
    if let Some(code) = params.get("otc") {
        return second_factor::check(visit, flow, thread, code);
    }
    match params.get("account") {
        Some("other") => show_name(thread, String::new(), None),
        Some(id) => picked(visit, flow, thread, id),
        None => typed(visit, flow, thread, params),
    }
}

/// Forgets a sign-in that has come to its end.
pub fn finish(visit: &Visit, ctx: &str) {
    visit.sim.desk.lock().flows.take(ctx);
}

/// Compares two secrets.
pub fn same(left: &str, right: &str) -> bool {
    use subtle::ConstantTimeEq;
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// The error for a page that nothing remembers any more.
pub fn lost() -> Fault {
    Fault::new(
        165_000,
        "invalid_request",
        "Invalid Request: The request tokens do not match the user context. The sign-in page is too old or was opened in another browser; start again from the application.",
    )
}

fn show_name(thread: Thread, typed: String, problem: Option<String>) -> Response {
    page::show(StatusCode::OK, &UserNamePage { thread, typed, problem })
}

fn picked(visit: &Visit, flow: Flow, thread: Thread, id: &str) -> Response {
    let directory = visit.sim.tenant();
    let account = id.parse::<ObjectId>().ok().and_then(|id| visit.accounts(&directory).into_iter().find(|account| account.person == id));
    let upn = account.and_then(|account| directory.account(account.person)).map(|user| user.profile.user_principal_name.clone());
    drop(directory);
    match (account, upn) {
        (Some(account), Some(upn)) => {
            if flow.request.prompt == Prompt::Login {
                return page::show(StatusCode::OK, &PasswordPage { thread, typed: upn, problem: None });
            }
            finish(visit, &thread.ctx);
            conclude(visit, flow.request, account, Consent::Open)
        }
        _ => show_name(thread, String::new(), None),
    }
}

fn typed(visit: &Visit, flow: Flow, thread: Thread, params: &Params) -> Response {
    let Some(name) = params.get("loginfmt") else {
        let problem = "Enter a valid email address, phone number, or user name.";
        return show_name(thread, String::new(), Some(problem.into()));
    };
    let found = {
        let tenant = visit.sim.tenant();
        let seat = Authority::of(&flow.request.segment, &tenant).ok().and_then(|authority| authority.seat(tenant.tenant.id));
        tenant.login(seat, name).map(|user| {
            let upn = user.profile.user_principal_name.clone();
            (Candidate { person: user.id, upn, password: user.password.clone(), standing: user.standing }, user.may_sign_in())
        })
    };
    let Some((candidate, enabled)) = found else {
        let problem = format!("AADSTS50034: The user account {name} does not exist in the directory. This username may be incorrect.");
        return show_name(thread, name.to_owned(), Some(problem));
    };
    let Some(offered) = params.get("passwd") else {
        return password::ask(&candidate, &thread, None);
    };
    if let Some(page) = password::check(visit, &candidate, &thread, offered) {
        return page;
    }
    if !enabled {
        let mut fault = Fault::new(50_057, "invalid_grant", "The user account is disabled.");
        fault.status = StatusCode::OK;
        return page::refuse(&fault, &visit.trace);
    }
    if let Some(page) = password::renew(visit, &candidate, &thread, params) {
        return page;
    }
    finish(visit, &thread.ctx);
    let account = Account::new(candidate.person, visit.trace.at);
    let cookie = sign_in(visit, account);
    let signed_in = Visit {
        sim: Arc::clone(&visit.sim),
        trace: visit.trace,
        browser: visit.browser.clone(),
        session: Some(cookie.clone()),
        device: visit.device,
    };
    let mut response = conclude(&signed_in, flow.request, account, Consent::Open);
    cookies::set(response.headers_mut(), &visit.sim.base, cookies::SESSION, &cookie);
    response
}

/// Puts the account into the browser's session, under a new cookie.
fn sign_in(visit: &Visit, account: Account) -> String {
    let now = visit.trace.at;
    let mut desk = visit.sim.desk.lock();
    let mut session = visit
        .session
        .as_ref()
        .filter(|cookie| !desk.sessions.is_expired(cookie, now))
        .cloned()
        .and_then(|cookie| desk.sessions.take(&cookie))
        .unwrap_or_else(|| Session { sid: uuid::Uuid::new_v4(), accounts: Vec::new(), apps: std::collections::BTreeSet::new() });
    session.accounts.retain(|known| known.person != account.person);
    session.accounts.push(account);
    let cookie = format!("0.A{}", crate::random::token(86));
    desk.sessions.put(cookie.clone(), session, now, SESSION_SECONDS);
    cookie
}
