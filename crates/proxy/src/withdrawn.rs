//! Requests whose session or credential ended after they were let in and before their answer: they get what the next request
//! will get, and not a page about the origin, which has nothing to do with it.

use guard::{LoginNeeded, Subject};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use model::AppId;

use crate::{
    body::ProxyBody,
    refuse::{self, Asked},
    reverse::Outcome,
};

const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What is kept of a request for that case: no more than shared references to what it brought.
pub(crate) struct Kept {
    cookie: Option<HeaderValue>,
    requested_with: Option<HeaderValue>,
    fetch_mode: Option<HeaderValue>,
}

impl Kept {
    /// Before the request goes on its way.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self::among(request.headers())
    }
    /// Of these headers.
    pub(crate) fn among(headers: &HeaderMap) -> Self {
        let kept = |name| headers.get(name).cloned();
        Self { cookie: kept(header::COOKIE), requested_with: kept(REQUESTED_WITH), fetch_mode: kept(FETCH_MODE) }
    }

    /// Ruling 2: 401 for these, and a redirect for everybody else.
    fn is_of_script(&self) -> bool {
        self.requested_with.as_ref().is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"))
            || self.fetch_mode.as_ref().is_some_and(|v| v.as_bytes() != b"navigate")
    }
}

/// The sign-in for people, 401 for scripts and programs. The door is not asked again: it tells streams of an end a moment
/// before requests, and would let this one in once more.
pub(crate) async fn answer(asked: &Asked<'_>, kept: Kept, app: AppId, subject: &Subject) -> (Response<ProxyBody>, Outcome) {
    let Some(app) = asked.worker.proxy.guard.app(&app) else {
        return (refuse::no_such_app(asked), Outcome::of("no-app", "no-application-here"));
    };
    let unauthorized = match subject {
        Subject::Person(_) => kept.is_of_script(),
        Subject::Program(_) => true,
        // The application is going or its tokens were withdrawn: no sign-in helps somebody who needs none.
        Subject::Anyone => return (refuse::unavailable(asked), Outcome::app("error", &app, "application-withdrawn")),
    };
    let headers: HeaderMap = kept.cookie.map(|c| (header::COOKIE, c)).into_iter().collect();
    refuse::login(asked, LoginNeeded { app, unauthorized }, headers).await
}
