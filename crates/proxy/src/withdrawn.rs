//! Requests whose session ended after they were let in and before their answer: judged again, so that they get what the next
//! request would get.

use std::time::Instant;

use guard::{LoginNeeded, Request as Facts, Subject, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use model::AppId;

use crate::{
    body::ProxyBody,
    refuse::{self, Asked},
    reverse::Outcome,
};

const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What is kept of a request for that case; no more than shared references to what it brought.
pub(crate) struct Kept {
    method: Method,
    cookie: Option<HeaderValue>,
    requested_with: Option<HeaderValue>,
    fetch_mode: Option<HeaderValue>,
    began: Instant,
}

impl Kept {
    /// Before the request goes on its way.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        Self {
            method: request.method().clone(),
            cookie: headers.get(header::COOKIE).cloned(),
            requested_with: headers.get(REQUESTED_WITH).cloned(),
            fetch_mode: headers.get(FETCH_MODE).cloned(),
            began: Instant::now(),
        }
    }

    fn headers(&self) -> HeaderMap {
        let kept = [(header::COOKIE, &self.cookie), (REQUESTED_WITH, &self.requested_with), (FETCH_MODE, &self.fetch_mode)].into_iter();
        kept.filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// The sign-in, or 401 for scripts and programs, or the refusal that there is now.
pub(crate) async fn answer(asked: &Asked<'_>, kept: &Kept, app: AppId, subject: &Subject) -> (Response<ProxyBody>, Outcome) {
    let guard = &asked.worker.proxy.guard;
    let headers = kept.headers();
    // A session may have ended by time: the time of its end counts, not that of the request.
    let now = asked.now.plus_secs(i64::try_from(kept.began.elapsed().as_secs()).unwrap_or(0) + 1);
    let verdict = guard.admit(&Facts {
        host: &asked.canonical.host,
        path: &asked.canonical.path,
        method: &kept.method,
        headers: &headers,
        ip: asked.client.rule_ip,
        country: asked.client.country.as_deref(),
        now,
    });
    match (subject, verdict, guard.app(&app)) {
        (_, Verdict::NoSuchApp, _) | (_, _, None) => (refuse::no_such_app(asked), Outcome::of("no-app", "no-application-here")),
        (Subject::Program(_), _, Some(app)) => refuse::login(asked, LoginNeeded { app, unauthorized: true }, headers).await,
        (_, Verdict::Login(needed), _) => refuse::login(asked, needed, headers).await,
        (_, Verdict::Refuse(refusal), _) => refuse::refuse(asked, refusal),
        (Subject::Person(_), Verdict::Admit(_), Some(app)) => refuse::login(asked, LoginNeeded { app, unauthorized: false }, headers).await,
        // The application's tokens were withdrawn, which says nothing about somebody who needs none: trying again helps.
        (Subject::Anyone, Verdict::Admit(_), Some(app)) => (refuse::unavailable(asked), Outcome::app("error", &app, "session-ended")),
    }
}
