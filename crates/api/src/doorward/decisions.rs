//! `decisions/{reference}`: what was decided and why, found by the reference that a person was shown.

use axum::extract::State;
use model::{Reference, log::AccessDecision};
use serde_json::{Value, json};

use crate::{
    caller::{AuditRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<AuditRead>, State(state): State<ApiState>, At(reference): At<Reference>) -> Result<Answer, ApiError> {
    state.store.flush_records().await?;
    let found = state.read(move |reader| {
        let decision = reader.decision(&reference)?;
        decision.ok_or_else(|| ApiError::missing("decision", &reference).into())
    });
    Ok(Answer::ok(write(&found.await?)))
}

fn write(decision: &AccessDecision) -> Value {
    json!({
        "reference": decision.reference.as_str(),
        "created_at": decision.at.rfc3339(),
        "allowed": decision.allowed,
        "action": decision.action,
        "app_uid": decision.app_id.map(|id| id.to_string()),
        "host": decision.host,
        "path": decision.path,
        "user_uid": decision.user_id.map(|id| id.to_string()),
        "user_email": decision.user_email,
        "idp_uid": decision.idp.map(|id| id.to_string()),
        "ip_address": decision.ip.to_string(),
        "country": decision.country,
        "policy_uid": decision.policy_id.map(|id| id.to_string()),
        "explanation": decision.explanation,
    })
}
