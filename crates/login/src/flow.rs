//! What comes next: the one place that chooses a sign-in's next step.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use guard::{
    Client, Decision, Outcome, Seat,
    certificate::MtlsAuth,
    compiled::CompiledApp,
    credential::AUTHORIZATION_COOKIE,
    live::LiveSession,
    record::Circumstances,
    sign_in::{Admission, Arrival, Moment, OpenError, http_date},
    ticket::{LoginState as Pending, Ticket},
};
use model::{PolicyId, Reference, app::AppKind, identity::Identity};
use serde_json::json;

use crate::{answer, denied, failed, other_account, state::LoginState, step_up, temporary};

/// Where the person wanted to go.
pub(crate) struct Target<'a> {
    pub host: &'a str,
    pub redirect_url: &'a str,
    pub app_session_hash: &'a str,
    /// The client certificate of the request that began the sign-in.
    pub mtls: &'a MtlsAuth,
}

impl<'a> Target<'a> {
    pub(crate) fn of_pending(pending: &'a Pending) -> Self {
        Self { host: &pending.host, redirect_url: &pending.redirect_url, app_session_hash: &pending.app_session_hash, mtls: &pending.mtls }
    }
    pub(crate) fn absolute(&self, state: &LoginState) -> String {
        format!("https://{}{}{}", self.host, state.guard.config().port_suffix, local(self.redirect_url))
    }
    pub(crate) fn other_account(&self, state: &LoginState) -> String {
        let target: String = url::form_urlencoded::byte_serialize(local(self.redirect_url).as_bytes()).collect();
        format!("https://{}{}{}?redirect_url={target}", self.host, state.guard.config().port_suffix, other_account::PATH)
    }
    pub(crate) fn circumstances(&self, state: &LoginState, client: &'a Client) -> Circumstances<'a> {
        let path = self.redirect_url.split('?').next().unwrap_or("/");
        Circumstances {
            action: "login",
            host: self.host,
            path,
            ip: client.ip,
            rule_ip: client.rule_ip,
            country: client.country.as_deref(),
            service_token: None,
            certificate: self.mtls.fact(),
            linked_app: None,
            now: state.now(),
        }
    }
}

/// Who asks, and for what.
pub(crate) struct Asked<'a> {
    pub target: Target<'a>,
    pub client: &'a Client,
    pub headers: &'a HeaderMap,
}

/// A live session asks for an application: decide on the stored identity, without the provider.
pub(crate) async fn continue_with_session(state: &LoginState, app: &CompiledApp, live: &LiveSession, asked: &Asked<'_>) -> Response<Body> {
    let at = asked.target.circumstances(state, asked.client);
    let decision = state.guard.judge(app, Some(live.into()), &at);
    if decision.outcome.is_open() {
        match state.guard.take_seat(live, app.app.id).await {
            Ok(Seat::Held) => {}
            Ok(Seat::Refused) => return no_seat(state, app, &live.identity, asked),
            Err(error) => {
                tracing::error!(error = %error, "a seat could not be looked for");
                return unavailable(state, asked.headers);
            }
        }
    }
    let reference = state.guard.record(app, Some(live.into()), &decision, &at);
    next(state, app, live, &decision, &reference, asked).await
}

/// The provider vouched for a person: judge, open the session, go on to the application or say why not.
pub(crate) async fn signed_in(state: &LoginState, app: &CompiledApp, arrival: Arrival, since: Moment, asked: &Asked<'_>) -> Response<Body> {
    let at = asked.target.circumstances(state, asked.client);
    let decision = state.guard.judge(app, Some((&arrival.identity).into()), &at);
    let admission = if decision.outcome.is_open() { Admission::Admitted(app.app.id) } else { Admission::NotAdmitted };
    let identity = arrival.identity.clone();
    let live = match state.guard.open_session(arrival, admission, since, state.now()).await {
        Ok(live) => live,
        Err(OpenError::NoSeat) => return no_seat(state, app, &identity, asked),
        Err(OpenError::Deactivated) => {
            let email = identity.email.to_string();
            let why = json!({"outcome": "deny", "reason": "account-deactivated"});
            let reference = state.guard.record_failure(Some(app), why, Some(&email), &at);
            let page = pages::Deactivated { email, reference, other_account_url: asked.target.other_account(state) };
            return answer::page(StatusCode::FORBIDDEN, page.render(&state.look(), answer::language(asked.headers)));
        }
        Err(OpenError::ProviderChanged | OpenError::JustRevoked) => return failed::invalid_session(state, asked.headers),
        Err(OpenError::Store(error)) => {
            tracing::error!(error = %error, "a session could not be opened");
            return unavailable(state, asked.headers);
        }
    };
    let response = if matches!(decision.outcome, Outcome::Ask(_)) {
        // Who they are in the registry is known only now, and with it what they were granted.
        continue_with_session(state, app, &live, asked).await
    } else {
        let reference = state.guard.record(app, Some((&*live).into()), &decision, &at);
        next(state, app, &live, &decision, &reference, asked).await
    };
    match state.guard.org_token(&live, state.now()) {
        Ok(token) => {
            let expires = http_date(token.expires_at);
            answer::with_cookie(
                response,
                &format!("{AUTHORIZATION_COOKIE}={}; Expires={expires}; Path=/; Secure; HttpOnly; SameSite=None", token.jwt),
            )
        }
        Err(error) => {
            tracing::error!(error = %error, "an organisation token could not be signed");
            unavailable(state, asked.headers)
        }
    }
}

async fn next(
    state: &LoginState,
    app: &CompiledApp,
    live: &LiveSession,
    decision: &Decision,
    reference: &Reference,
    asked: &Asked<'_>,
) -> Response<Body> {
    match &decision.outcome {
        // The team domain has its own cookie already.
        Outcome::Allow { .. } if matches!(app.app.kind, AppKind::AppLauncher(_) | AppKind::Console) => {
            answer::redirect(&asked.target.absolute(state))
        }
        Outcome::Allow { policy } => to_app(state, app, live, *policy, asked),
        // The request itself passes without a person: back to the application.
        Outcome::Bypass { .. } | Outcome::ServiceAuth { .. } => answer::redirect(&asked.target.absolute(state)),
        Outcome::Deny(denial) => denied::blocked(state, app, &live.identity, denial, reference, asked),
        Outcome::StepUp(wanted) => step_up::begin(state, app, live, wanted, asked),
        Outcome::Ask(ask) => temporary::begin(state, app, live, ask, asked).await,
        Outcome::Login => denied::forbidden(state, app, reference, asked),
    }
}

/// 302 to the application's host with a ticket that works once.
fn to_app(state: &LoginState, app: &CompiledApp, live: &LiveSession, policy: PolicyId, asked: &Asked<'_>) -> Response<Body> {
    let id = hex::encode(rand::random::<[u8; 16]>());
    let ticket = Ticket {
        id: id.clone(),
        session: live.session.nonce.clone(),
        app: app.app.id,
        policy,
        host: asked.target.host.to_owned(),
        redirect_url: asked.target.redirect_url.to_owned(),
        app_session_hash: asked.target.app_session_hash.to_owned(),
        ip: asked.client.ip,
        at: state.now(),
    };
    let sealed = state.guard.seal_ticket(&ticket);
    answer::redirect(&format!(
        "https://{}{}/cdn-cgi/access/authorized?nonce={id}&state={sealed}",
        asked.target.host,
        state.guard.config().port_suffix
    ))
}

/// Everything else would have let them in: the organisation has no seat left for one more person.
fn no_seat(state: &LoginState, app: &CompiledApp, identity: &Identity, asked: &Asked<'_>) -> Response<Body> {
    let (at, email) = (asked.target.circumstances(state, asked.client), identity.email.to_string());
    let why = json!({"outcome": "deny", "reason": "seat-limit-reached", "detail": "every seat of the organisation is in use and the person holds none",
        "fix": "Raise seat_limit, or free the seats of people who do not need them."});
    let reference = state.guard.record_failure(Some(app), why, Some(&email), &at);
    tracing::warn!(decision.reference = %reference, "a sign-in was refused: no seat is left");
    let page = pages::NoSeat {
        app: app.app.name.clone(),
        email,
        reference,
        retry_url: asked.target.absolute(state),
        other_account_url: asked.target.other_account(state),
    };
    answer::page(StatusCode::FORBIDDEN, page.render(&state.look(), answer::language(asked.headers)))
}

/// The store does not answer.
pub(crate) fn unavailable(state: &LoginState, headers: &HeaderMap) -> Response<Body> {
    let reference = Reference::from_bytes(rand::random());
    tracing::error!(decision.reference = %reference, "a sign-in could not be carried out");
    let page = pages::Unavailable { cause: pages::Outage::Store, reference };
    let mut response = answer::page(StatusCode::SERVICE_UNAVAILABLE, page.render(&state.look(), answer::language(headers)));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// A path on the application's host, whatever a forged value tried to make of it. What is not ASCII is escaped, as a
/// browser would have done.
pub(crate) fn local(redirect_url: &str) -> String {
    if !redirect_url.starts_with('/') || redirect_url.contains(|c: char| c.is_control() || c == '\\') {
        return "/".to_owned();
    }
    let mut out = String::with_capacity(redirect_url.len());
    for c in redirect_url.chars() {
        if c.is_ascii_graphic() {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            out.extend(c.encode_utf8(&mut bytes).bytes().map(|b| format!("%{b:02X}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_same_host_are_gone_back_to() {
        for (asked, gone) in [
            ("/docs?x=1#y", "/docs?x=1#y"),
            ("//evil.example", "//evil.example"),
            ("/caf\u{e9}", "/caf%C3%A9"),
            ("/a b", "/a%20b"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(asked), gone, "{asked:?}");
        }
    }
}
