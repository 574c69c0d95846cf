//! Owns the authorize endpoint: who is signed in already, and what to ask.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::conclude::{Consent, conclude};
use super::cookies;
use super::desk::Account;
use super::fault::{Fault, Trace};
use super::params::Params;
use super::request::{AuthorizeRequest, Prompt, Refusal};
use super::respond;
use super::{hint, page, provoke, sign_in};
use crate::directory::Directory;
use crate::state::Sim;

/// One browser's call.
pub struct Visit {
    /// The simulator.
    pub sim: Arc<Sim>,
    /// Ids of the answer.
    pub trace: Trace,
    /// The browser mark, new or old.
    pub browser: String,
    /// The session cookie.
    pub session: Option<String>,
    /// The device that the browser runs on, once `/sim/browser-device` has told it.
    pub device: Option<uuid::Uuid>,
}

impl Visit {
    /// Reads the browser's cookies.
    pub fn new(sim: Arc<Sim>, headers: &HeaderMap) -> Self {
        let trace = Trace::of(headers, sim.now());
        Self {
            sim,
            trace,
            browser: cookies::read(headers, cookies::BROWSER).filter(|mark| mark.len() == 43).unwrap_or_else(|| crate::random::token(43)),
            session: cookies::read(headers, cookies::SESSION),
            device: cookies::read(headers, cookies::DEVICE).and_then(|id| id.parse().ok()),
        }
    }

    /// The user name of an account.
    pub fn user_name(&self, account: Account) -> String {
        self.sim.tenant().account(account.person).map(|user| user.profile.user_principal_name.clone()).unwrap_or_default()
    }

    /// Accounts signed in to this browser that are still good.
    pub fn accounts(&self, directory: &Directory) -> Vec<Account> {
        let mut desk = self.sim.desk.lock();
        let Some(session) = self.session.as_ref().and_then(|cookie| desk.sessions.get(cookie, self.trace.at)) else {
            return Vec::new();
        };
        session
            .accounts
            .iter()
            .copied()
            .filter(|account| directory.account(account.person).is_some_and(|user| user.is_live() && account.auth_time >= user.valid_from))
            .collect()
    }

    /// Puts the browser mark onto an answer.
    pub fn marked(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        cookies::set(headers, &self.sim.base, cookies::BROWSER, &self.browser);
        self.trace.mark(headers);
        response
    }
}

/// What happens next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Show the signed-in accounts.
    Pick,
    /// Ask for the user name, pre-filled.
    UserName(String),
    /// Ask for the password of this user name.
    Password(String),
    /// Go on as this account.
    Proceed(Account),
    /// Nothing may be asked, yet something would have to be.
    Refuse(Silent),
}

/// Why a silent request cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// 50058
    NobodySignedIn,
    /// 16000
    SeveralAccounts,
}

impl Silent {
    fn fault(self) -> Fault {
        match self {
            Self::NobodySignedIn => Fault::new(50_058, "login_required", "A silent sign-in request was sent but no user is signed in."),
            Self::SeveralAccounts => Fault::new(
                16_000,
                "interaction_required",
                "Either multiple user identities are available for the current request or selected account is not supported for the scenario.",
            ),
        }
    }
}

/// Decides what to ask. `hinted` is the account that the hint names, if it is signed in.
pub fn decide(prompt: Prompt, hint: Option<&str>, hinted: Option<Account>, accounts: &[Account]) -> Step {
    let ask = || match hint {
        Some(text) => Step::Password(text.to_owned()),
        None => Step::UserName(String::new()),
    };
    match prompt {
        Prompt::Login => ask(),
        Prompt::SelectAccount if accounts.is_empty() => Step::UserName(hint.unwrap_or_default().to_owned()),
        Prompt::SelectAccount => Step::Pick,
        Prompt::None => match (hint, hinted, accounts) {
            (_, Some(account), _) | (None, None, &[account]) => Step::Proceed(account),
            (Some(_), None, _) | (None, None, []) => Step::Refuse(Silent::NobodySignedIn),
            (None, None, _) => Step::Refuse(Silent::SeveralAccounts),
        },
        Prompt::Usual | Prompt::Consent => match (hint, hinted, accounts) {
            (_, Some(account), _) | (None, None, &[account]) => Step::Proceed(account),
            (Some(_), None, _) | (None, None, []) => ask(),
            (None, None, _) => Step::Pick,
        },
    }
}

/// `GET|POST /{tenant}/oauth2/v2.0/authorize`
pub async fn endpoint(
    State(sim): State<Arc<Sim>>,
    Path(segment): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let visit = Visit::new(sim, &headers);
    let text = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    let response = start(&visit, &segment, &text);
    visit.marked(response)
}

fn start(visit: &Visit, segment: &str, text: &[u8]) -> Response {
    let sim = &visit.sim;
    let read =
        Params::read(text).map_err(Refusal::Page).and_then(|params| AuthorizeRequest::read(segment, &params, &sim.base, &sim.tenant()));
    let request = match read {
        Ok(request) => request,
        Err(Refusal::Page(fault)) => return page::refuse(&fault, &visit.trace),
        Err(Refusal::Redirect(back, fault)) => {
            return respond::send_fault(&back, &fault, &visit.trace, &sim.base);
        }
    };
    begin(visit, request)
}

/// Goes on with a request that may be answered at its redirect URI.
pub fn begin(visit: &Visit, request: AuthorizeRequest) -> Response {
    let sim = &visit.sim;
    if let Some(response) = provoke::at_browser(visit, &request) {
        return response;
    }
    let step = {
        let directory = sim.tenant();
        let accounts = visit.accounts(&directory);
        let hinted = request.login_hint.as_deref().and_then(|text| hint::person(&directory, text));
        let known = hinted.and_then(|user| accounts.iter().copied().find(|account| account.person == user.id));
        let upn = hinted.map(|user| user.profile.user_principal_name.clone());
        let text = upn.or_else(|| request.login_hint.clone());
        decide(request.prompt, text.as_deref(), known, &accounts)
    };
    match step {
        Step::Proceed(account) => conclude(visit, request, account, Consent::Open),
        Step::Refuse(why) => respond::send_fault(&request.back, &why.fault(), &visit.trace, &sim.base),
        Step::Pick => sign_in::pick(visit, request),
        Step::UserName(typed) => sign_in::ask_name(visit, request, typed),
        Step::Password(typed) => sign_in::ask_password(visit, request, typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::directory::id::ObjectId;

    fn account() -> Account {
        Account::new(ObjectId::random(), Stamp::new(time::OffsetDateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_single_signed_in_account_goes_straight_through() {
        let one = account();
        assert_eq!(decide(Prompt::Usual, None, None, &[one]), Step::Proceed(one));
        assert_eq!(decide(Prompt::None, None, None, &[one]), Step::Proceed(one));
    }

    #[test]
    fn prompt_login_always_asks_again() {
        let one = account();
        assert_eq!(decide(Prompt::Login, None, None, &[one]), Step::UserName(String::new()));
        assert_eq!(decide(Prompt::Login, Some("mara"), Some(one), &[one]), Step::Password("mara".into()));
    }

    #[test]
    fn a_silent_request_is_refused_when_something_would_have_to_be_asked() {
        let (one, two) = (account(), account());
        assert_eq!(decide(Prompt::None, None, None, &[]), Step::Refuse(Silent::NobodySignedIn));
        assert_eq!(decide(Prompt::None, Some("x"), None, &[one]), Step::Refuse(Silent::NobodySignedIn));
        assert_eq!(decide(Prompt::None, None, None, &[one, two]), Step::Refuse(Silent::SeveralAccounts));
    }

    #[test]
    fn select_account_shows_the_picker_even_for_one_account() {
        let one = account();
        assert_eq!(decide(Prompt::SelectAccount, None, None, &[one]), Step::Pick);
    }
}
