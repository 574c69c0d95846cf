//! The *Test* of a login method: a real sign-in that ends on what it found, in the browser that started it, and leaves nothing behind
//! (ruling 30): no session, no seat, no entry in the registry, no organisation cookie.
//!
//! A test goes: begun through the API ([`TestDesk`]) → [`open`] (the start address, which binds it to one browser) → [`show`] (the
//! window that stays) → [`go`] (to the provider, in a window of its own) → [`returned`] (from the callback) → [`show`] in both
//! windows. Its state is sealed for a purpose of its own, so that it can never be taken for the state of a sign-in.

mod compare;
mod desk;
mod explain;
mod go;
mod listed;
mod open;
mod report;
mod returned;
mod show;

pub use desk::TestDesk;
pub(crate) use returned::{returned, state_of};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use guard::{
    credential::single_cookie,
    ticket::{cookie_hash, seal},
};
use http::HeaderMap;
use idp::trial::TrialReport;
use model::{IdpId, LoginTestId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Purpose;

use crate::{certs, state::LoginState};

/// Marks the browser that a test belongs to. Of the team domain only, so that the prefix of hosts can be had.
const COOKIE: &str = "__Host-login-test";
/// Life of a start address.
const START_LIFE_SECS: i64 = 600;
/// Bytes of a pasted text with its encoding.
const MAX_PASTED: usize = 128 * 1024;

/// A test as somebody orders it through the API.
#[derive(Debug, Clone)]
pub struct TestOrder {
    /// The login method.
    pub idp: IdpId,
    /// Its name, for the pages.
    pub provider: String,
    /// Who orders it, as audit records name them: nobody else is told the result.
    pub by: String,
    /// The name to show for them.
    pub by_name: String,
}

/// A test that was begun.
#[derive(Debug, Clone)]
pub struct TestBegun {
    /// Names it.
    pub id: LoginTestId,
    /// The start address: opened once, by one browser.
    pub url: String,
    /// Until when the start address is good.
    pub expires_at: Timestamp,
}

/// What a start address carries.
#[derive(Serialize, Deserialize)]
struct Start {
    start: LoginTestId,
    at: Timestamp,
}

impl LoginState {
    /// Begins a test.
    pub fn begin_test(&self, order: TestOrder) -> TestBegun {
        let now = self.now();
        let id = LoginTestId::from_bytes(rand::random());
        self.tests.begin(id.clone(), order, now);
        let start = Start { start: id.clone(), at: now };
        let sealed = seal(self.guard.store().sealer(), Purpose::LoginTest, &start);
        let url = format!("{}{}?start={sealed}", self.guard.config().team_origin, open::PATH);
        TestBegun { id, url, expires_at: now.plus_secs(START_LIFE_SECS) }
    }

    /// A test of this provider for whoever ordered it.
    pub fn test_report(&self, id: &LoginTestId, idp: &IdpId, by: &str) -> Option<TrialReport> {
        self.tests.report(id, idp, by, self.now())
    }
}

/// Routes of the team domain.
pub(crate) fn router() -> Router<LoginState> {
    Router::new()
        .route(open::PATH, get(open::open))
        .route("/cdn-cgi/access/test/{id}", get(show::show))
        .route("/cdn-cgi/access/test/{id}/help", get(show::help))
        .route("/cdn-cgi/access/test/{id}/state", get(show::state))
        .route("/cdn-cgi/access/test/{id}/go", post(go::go))
        .route("/cdn-cgi/access/test/{id}/again", post(go::again))
        .route("/cdn-cgi/access/test/{id}/explain", post(explain::explain).layer(DefaultBodyLimit::max(MAX_PASTED)))
        .route(pages::TEST_SCRIPT_PATH, get(certs::test_script))
}

fn page_of(id: &LoginTestId) -> String {
    format!("/cdn-cgi/access/test/{id}")
}

/// The browser's mark as the desk keeps it.
fn browser(headers: &HeaderMap) -> Option<String> {
    single_cookie(headers, COOKIE).filter(|mark| is_mark(mark)).map(cookie_hash)
}

fn is_mark(mark: &str) -> bool {
    mark.len() == 32 && mark.bytes().all(|b| b.is_ascii_hexdigit())
}
