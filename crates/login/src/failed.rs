//! Sign-ins that came to nothing: the page in our words, the provider's text in the log only.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use guard::ticket::LoginState as Pending;
use idp::{Refusal, Remedy, SignInError, trial::Said};
use model::Reference;
use pages::{SignInFailed, SignInFault};
use serde_json::json;

use crate::{answer, flow::Asked, state::LoginState};

/// No pending sign-in of this browser fits the answer.
pub(crate) fn invalid_session(state: &LoginState, headers: &axum::http::HeaderMap) -> Response<Body> {
    let reference = Reference::from_bytes(rand::random());
    tracing::info!(decision.reference = %reference, "a sign-in answer fits no sign-in of this browser");
    let home = format!("{}/", state.guard.config().team_origin);
    let page = SignInFailed {
        provider: String::new(),
        fault: SignInFault::InvalidSession,
        code: None,
        cause: None,
        fix: None,
        reference,
        retry_url: home,
    };
    answer::page(StatusCode::BAD_REQUEST, page.render(&state.look(), answer::language(headers)))
}

/// The provider, or our check of its answer, said no.
pub(crate) fn failed(state: &LoginState, pending: &Pending, error: &SignInError, asked: &Asked<'_>) -> Response<Body> {
    let provider = state.guard.store().snapshot().idps.get(&pending.idp).map(|i| i.name.clone()).unwrap_or_default();
    let app = state.guard.app(&pending.app);
    let at = asked.target.circumstances(state, asked.client);
    let said = Said::of(error);
    let why = json!({"outcome": "deny", "reason": "sign-in-failed", "kind": error.kind(), "detail": error.to_string(), "fix": error.fix(),
        "provider": said.as_ref().map(|said| json!({"code": said.code, "correlation_id": said.correlation_id, "trace_id": said.trace_id, "at": said.at}))});
    let reference = state.guard.record_failure(app.as_deref(), why, None, &at);
    let said = said.unwrap_or_default();
    tracing::warn!(
        idp.id = %pending.idp, decision.reference = %reference, error = %error,
        provider.correlation_id = said.correlation_id.as_deref(), provider.trace_id = said.trace_id.as_deref(), provider.time = said.at.as_deref(),
        "a sign-in failed at the identity provider"
    );
    let (look, lang, retry_url) = (state.look(), answer::language(asked.headers), asked.target.absolute(state));
    if let SignInError::Down { .. } = error {
        return answer::page(StatusCode::BAD_GATEWAY, pages::ProviderDown { provider, retry_url, reference }.render(&look, lang));
    }
    let (code, cause) = match error {
        SignInError::Refused(refusal) => (Some(refusal.label()), refusal.code.map(|_| refusal.cause.clone())),
        _ => (None, None),
    };
    let fix = Some(error.fix().to_owned());
    let page = SignInFailed { provider, fault: fault(error), code, cause, fix, reference, retry_url };
    answer::page(StatusCode::FORBIDDEN, page.render(&look, lang))
}

fn fault(error: &SignInError) -> SignInFault {
    match error {
        SignInError::Refused(refusal) => refused(refusal),
        SignInError::NoEmail(_) => SignInFault::NoEmail,
        SignInError::Nonsense { .. } | SignInError::Mismatch(_) => SignInFault::BadAnswer,
        SignInError::Down { .. } => SignInFault::ProviderError,
    }
}

fn refused(refusal: &Refusal) -> SignInFault {
    match (refusal.code, refusal.error.as_str(), refusal.remedy) {
        (Some(50105), _, _) => SignInFault::NotAssigned,
        (Some(65001 | 90094 | 90095), _, _) | (_, "consent_required", _) => SignInFault::ConsentRequired,
        (Some(65004), _, _) | (None, "access_denied", _) => SignInFault::Cancelled,
        (_, _, Remedy::Administrator) => SignInFault::Misconfigured,
        (_, _, Remedy::SignInAgain) => SignInFault::InvalidSession,
        (_, _, Remedy::Person) => SignInFault::ProviderError,
    }
}
