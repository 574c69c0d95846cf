//! One posture rule.

use axum::extract::State;
use model::PostureRuleId;

use super::wire;
use crate::{
    caller::{Caller, PostureRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<PostureRead>, State(state): State<ApiState>, At(id): At<PostureRuleId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let found = snapshot.posture_rules.get(&id).ok_or_else(|| ApiError::missing("device posture rule", id))?;
    Ok(Answer::ok(wire::write(found)))
}
