//! Sign-ins of a person that were refused, from the access log; the newest first.

use std::sync::atomic::Ordering;

use axum::extract::State;
use model::{UserId, log::AccessDecision};
use serde_json::{Value, json};
use store::{DecisionFilter, Page, Reader, StoreError};

use super::person;
use crate::{
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// So many refusals are looked through.
const LOOKED_THROUGH: u32 = 5000;

pub(crate) async fn list(
    _: Caller<UsersRead>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    state.store.flush_records().await?;
    let refused = state.read(move |reader| {
        let user = person(reader, &id)?;
        Ok(refused_logins(reader, user.email.as_str(), &id)?)
    });
    let kept = state.config.decision_days.load(Ordering::Relaxed);
    Ok(Answer::page(paging.cut(refused.await?.iter().map(|decision| write(decision, kept)))))
}

/// Several people may have one address: a decision that names another person is not this one's.
fn refused_logins(reader: &Reader<'_>, email: &str, id: &UserId) -> Result<Vec<AccessDecision>, StoreError> {
    let filter = DecisionFilter { email: Some(email.to_owned()), allowed: Some(false), ..DecisionFilter::default() };
    let listed = reader.list_decisions(&filter, Page { page: 1, per_page: LOOKED_THROUGH })?;
    let theirs = |d: &AccessDecision| d.action == "login" && d.user_id.is_none_or(|named| named == *id);
    Ok(listed.items.into_iter().filter(theirs).collect())
}

/// `expiration` is when the record is removed at the latest.
fn write(decision: &AccessDecision, kept_days: i64) -> Value {
    let why = |key: &str| decision.explanation.get(key).cloned();
    json!({
        "expiration": decision.at.plus_secs(kept_days * 86_400).secs(),
        "metadata": {
            "reason": why("reason").or_else(|| why("outcome")),
            "reference": decision.reference.as_str(),
            "time": decision.at.rfc3339(),
            "app_uid": decision.app_id.map(|id| id.to_string()),
            "host": decision.host,
            "ip_address": decision.ip.to_string(),
            "country": decision.country,
            "idp": decision.idp.map(|id| id.to_string()),
            "policy_id": decision.policy_id.map(|id| id.to_string()),
        },
    })
}
