//! Answers to requests that do not go to an origin.

use std::rc::Rc;

use guard::{Client, LoginNeeded, Refusal, compiled::CompiledApp, cors::Preflight, record::Circumstances};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use model::{Reference, Timestamp, custom_page::PageKind};
use pages::{Language, Look};

use crate::{
    body::ProxyBody,
    canonical::Canonical,
    denied,
    reverse::{Outcome, Worker},
    trace::Trace,
};

/// Everything an answer needs to know about the request.
pub(crate) struct Asked<'a> {
    pub worker: &'a Rc<Worker>,
    pub client: &'a Client,
    pub canonical: &'a Canonical,
    /// `Accept-Language` as received.
    pub language: Option<HeaderValue>,
    /// What an origin is told of the request's name and trace.
    pub trace: &'a Trace,
    pub now: Timestamp,
}

impl Asked<'_> {
    pub(crate) fn look(&self) -> Look {
        let snapshot = self.worker.proxy.guard.store().snapshot();
        Look::new(&snapshot.organization.name, &snapshot.organization.login_design)
    }
    pub(crate) fn language(&self) -> Language {
        Language::from_accept_language(self.language.as_ref().and_then(|v| v.to_str().ok()).unwrap_or(""))
    }
    fn circumstances(&self, action: &'static str) -> Circumstances<'_> {
        Circumstances {
            action,
            host: &self.canonical.host,
            path: &self.canonical.path,
            ip: self.client.ip,
            rule_ip: self.client.rule_ip,
            country: self.client.country.as_deref(),
            service_token: None,
            certificate: self.client.certificate.fact(),
            linked_app: None,
            now: self.now,
        }
    }
}

/// A page of the door: never cached, never framed.
pub(crate) fn page(status: StatusCode, html: String) -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::full(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in pages::headers() {
        headers.insert(name, HeaderValue::from_static(value));
    }
    no_store(headers);
    response
}

pub(crate) fn no_store(headers: &mut HeaderMap) {
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0"),
    );
    headers.insert(header::EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:01 GMT"));
}

fn json(status: StatusCode, message: &str) -> Response<ProxyBody> {
    let mut response = Response::new(ProxyBody::full(serde_json::json!({"error": message}).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    no_store(response.headers_mut());
    response
}

/// Names the application in edge answers, as older command-line clients expect it.
pub(crate) fn name_app(mut response: Response<ProxyBody>, app: &CompiledApp) -> Response<ProxyBody> {
    for (name, value) in
        [("cf-access-aud", app.app.aud.as_str()), ("cf-access-domain", app.app.domain().map_or("", |address| address.as_str()))]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// 302 to the sign-in, or 401 for scripts. The signing happens on the control runtime.
pub(crate) async fn login(asked: &Asked<'_>, needed: LoginNeeded, headers: HeaderMap) -> (Response<ProxyBody>, Outcome) {
    let app = needed.app.clone();
    if needed.unauthorized {
        let mut response = json(StatusCode::UNAUTHORIZED, "sign in to use this application");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Cloudflare-Access"));
        return (name_app(response, &app), Outcome::app("login", &app, "unauthorized"));
    }
    let (guard, client, target, now) =
        (asked.worker.proxy.guard.clone(), asked.client.clone(), asked.canonical.path_and_query.clone(), asked.now);
    let task = asked.worker.proxy.control.spawn(async move { guard.begin_login(&needed.app, &client, &headers, &target, now) });
    let redirect = match task.await {
        Ok(Ok(redirect)) => redirect,
        Ok(Err(error)) => {
            tracing::error!(error = %error, "a sign-in could not be begun");
            return (unavailable(asked), Outcome::app("error", &app, "sign-in-unavailable"));
        }
        Err(_) => return (unavailable(asked), Outcome::app("error", &app, "sign-in-unavailable")),
    };
    let mut response = Response::new(ProxyBody::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::LOCATION, &redirect.location),
        (header::SET_COOKIE, &redirect.set_cookie),
        (header::WWW_AUTHENTICATE, &redirect.www_authenticate),
    ] {
        match HeaderValue::from_str(value) {
            Ok(value) => drop(headers.insert(name, value)),
            Err(_) => return (unavailable(asked), Outcome::app("error", &app, "sign-in-unavailable")),
        }
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    no_store(headers);
    (name_app(response, &app), Outcome::app("login", &app, "sign-in-required"))
}

/// The answer to a preflight by the application's settings. Nothing of the request reaches the origin.
pub(crate) fn preflight(app: &CompiledApp, granted: Preflight) -> (Response<ProxyBody>, Outcome) {
    let mut response = Response::new(ProxyBody::empty());
    response.headers_mut().extend(granted.headers());
    (name_app(response, app), Outcome::app("preflight", app, "granted"))
}

/// The store or a key is not there.
pub(crate) fn unavailable(asked: &Asked<'_>) -> Response<ProxyBody> {
    let reference = Reference::from_bytes(rand::random());
    tracing::error!(decision.reference = %reference, "a request could not be answered");
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        pages::Unavailable { cause: pages::Outage::Other, reference }.render(&asked.look(), asked.language()),
    )
}

/// No application at this host and path.
pub(crate) fn no_such_app(asked: &Asked<'_>) -> Response<ProxyBody> {
    page(StatusCode::NOT_FOUND, pages::NotFound { host: asked.canonical.host.clone() }.render(&asked.look(), asked.language()))
}

/// More than the application takes. Nothing of it, or not all of it, reached the origin.
pub(crate) fn too_large(limit: u64) -> Response<ProxyBody> {
    json(StatusCode::PAYLOAD_TOO_LARGE, &format!("this application takes request bodies of at most {limit} bytes; send a smaller one"))
}

/// A page of another site wants to open a WebSocket: the browser would send the person's cookies along.
pub(crate) fn foreign_page(asked: &Asked<'_>) -> Response<ProxyBody> {
    let (host, port) = (&asked.canonical.host, &asked.worker.proxy.guard.config().port_suffix);
    let message =
        format!("only pages of https://{host}{port} and of the team domain open WebSockets here; this request's Origin is another");
    json(StatusCode::FORBIDDEN, &message)
}

/// The answer to a refusal, written down and with its reference.
pub(crate) fn refuse(asked: &Asked<'_>, refusal: Refusal) -> (Response<ProxyBody>, Outcome) {
    match refusal {
        Refusal::ServiceTokenUnknown(app) => {
            let at = asked.circumstances("service_auth");
            let why = serde_json::json!({"outcome": "deny", "reason": "service-token-unknown"});
            let reference = asked.worker.proxy.guard.record_failure(Some(&app), why, None, &at);
            let outcome = Outcome::app("deny", &app, "service-token-unknown").with_reference(&reference);
            (name_app(json(StatusCode::UNAUTHORIZED, "the service token is not known, disabled or expired"), &app), outcome)
        }
        Refusal::ServiceTokenNotAllowed(app, decision, token) => {
            let at = Circumstances { service_token: Some(token), ..asked.circumstances("service_auth") };
            let reference = asked.worker.proxy.guard.record(&app, None, &decision, &at);
            let outcome = Outcome::app("deny", &app, "service-token-not-allowed").with_reference(&reference);
            (name_app(json(StatusCode::FORBIDDEN, "no policy of this application admits the service token"), &app), outcome)
        }
        Refusal::Preflight(app) => {
            let outcome = Outcome::app("deny", &app, "preflight");
            (name_app(json(StatusCode::FORBIDDEN, "cross-origin preflights are not answered by this application"), &app), outcome)
        }
        Refusal::AmbiguousPath(app) => {
            let outcome = Outcome::app("error", &app, "ambiguous-path");
            (json(StatusCode::BAD_REQUEST, "with and without its ; parameters this path belongs to different applications"), outcome)
        }
        Refusal::SeveralCookies(app) => {
            let why = serde_json::json!({"outcome": "deny", "reason": "several-cookies"});
            let reference = asked.worker.proxy.guard.record_failure(Some(&app), why, None, &asked.circumstances("request"));
            let outcome = Outcome::app("deny", &app, "several-cookies").with_reference(&reference);
            let (provider, retry_url) = (String::new(), "/cdn-cgi/access/logout".to_owned());
            let html = pages::SignInFailed {
                provider,
                fault: pages::SignInFault::InvalidSession,
                code: None,
                cause: None,
                fix: None,
                reference,
                retry_url,
            }
            .render(&asked.look(), asked.language());
            (name_app(page(StatusCode::BAD_REQUEST, html), &app), outcome)
        }
        Refusal::Forbidden(app, decision, linked_app) => {
            let at = Circumstances { linked_app, ..asked.circumstances("request") };
            let reference = asked.worker.proxy.guard.record(&app, None, &decision, &at);
            let outcome = Outcome::app("deny", &app, "forbidden").with_reference(&reference);
            let url = app.app.custom_non_identity_deny_url.as_deref();
            if let Some(own) = denied::own(asked, &app, PageKind::Forbidden, url, (&reference, pages::Told::default())) {
                return (own, outcome);
            }
            let html =
                pages::Forbidden { app: app.app.name.clone(), policy: None, rule_kind: None, detail: None, reference: reference.clone() }
                    .render(&asked.look(), asked.language());
            (denied::framed_as(name_app(page(StatusCode::FORBIDDEN, html), &app), &app, &reference), outcome)
        }
        Refusal::Unrecorded(app) => (unavailable(asked), Outcome::app("error", &app, "decision-not-recorded")),
        Refusal::Blocked(app, live, decision) => blocked(asked, &app, &live, &decision),
    }
}

fn blocked(
    asked: &Asked<'_>,
    app: &CompiledApp,
    live: &guard::live::LiveSession,
    decision: &guard::Decision,
) -> (Response<ProxyBody>, Outcome) {
    let guard = &asked.worker.proxy.guard;
    let reference = guard.record(app, Some(live.into()), decision, &asked.circumstances("request"));
    let outcome = Outcome::app("deny", app, "blocked").with_reference(&reference).with_user(live.session.user_id);
    let email = live.identity.email.to_string();
    let (other_account_url, sign_out_url) = ("/cdn-cgi/access/other-account", "/cdn-cgi/access/logout");
    let message = app.app.custom_deny_message.as_deref().unwrap_or_default();
    let told = pages::Told { email: &email, message, other_account_url, sign_out_url, ..pages::Told::default() };
    if let Some(own) = denied::own(asked, app, PageKind::IdentityDenied, app.app.custom_deny_url.as_deref(), (&reference, told)) {
        return (own, outcome);
    }
    let guard::Outcome::Deny(denial) = &decision.outcome else { return (unavailable(asked), outcome) };
    let refusal = if denial.kind == guard::DenialKind::BlockPolicy { pages::Refusal::BlockPolicy } else { pages::Refusal::NoPolicyMatched };
    let html = pages::Blocked {
        app: app.app.name.clone(),
        email,
        refusal,
        policy: denial.policy.and_then(|id| app.policy(id)).map(|p| p.name.clone()),
        rule_kind: denial.rule.map(str::to_owned),
        detail: pages::Detail::of_reason(denial.reason.as_str()),
        custom_message: app.app.custom_deny_message.clone(),
        reference: reference.clone(),
        other_account_url: other_account_url.into(),
        sign_out_url: sign_out_url.into(),
    }
    .render(&asked.look(), asked.language());
    (denied::framed_as(name_app(page(StatusCode::FORBIDDEN, html), app), app, &reference), outcome)
}
