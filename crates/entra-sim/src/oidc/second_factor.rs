//! Owns the second factor: the page that asks for a code, and what a right code changes.

use axum::http::StatusCode;
use axum::response::Response;

use super::authorize::Visit;
use super::conclude::{Consent, conclude};
use super::desk::{Account, Flow};
use super::page::{self, CodePage, Thread};
use super::request::AuthorizeRequest;
use super::sign_in;

/// The code that everybody's authenticator shows.
pub const CODE: &str = "123456";

/// Asks for the code.
pub fn ask(visit: &Visit, request: AuthorizeRequest, account: Account) -> Response {
    let upn = visit.user_name(account);
    let thread = sign_in::open(visit, request, Some(account));
    page::show(StatusCode::OK, &CodePage { thread, upn, problem: None })
}

/// Checks the code that a form brings.
pub fn check(visit: &Visit, flow: Flow, thread: Thread, code: &str) -> Response {
    let Some(account) = flow.account else {
        return page::refuse(&sign_in::lost(), &visit.trace);
    };
    if !sign_in::same(CODE, code.trim()) {
        let problem = Some("You did not enter the expected verification code. Please try again.".to_owned());
        return page::show(StatusCode::OK, &CodePage { thread, upn: visit.user_name(account), problem });
    }
    sign_in::finish(visit, &thread.ctx);
    let account = Account { second_factor: Some(visit.trace.at), ..account };
    remember(visit, account);
    conclude(visit, flow.request, account, Consent::Open)
}

/// The browser's session keeps the factor, so that the next application does not ask again.
fn remember(visit: &Visit, account: Account) {
    let mut desk = visit.sim.desk.lock();
    let session = visit.session.as_ref().and_then(|cookie| desk.sessions.get(cookie, visit.trace.at));
    if let Some(known) = session.and_then(|session| session.accounts.iter_mut().find(|known| known.person == account.person)) {
        known.second_factor = account.second_factor;
    }
}
