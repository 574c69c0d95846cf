//! Lists posture rules, all of them: the contract knows no pages here.

use axum::extract::State;
use serde_json::Value;

use super::wire;
use crate::{
    caller::{Caller, PostureRead},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<PostureRead>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let mut found: Vec<_> = snapshot.posture_rules.values().collect();
    found.sort_by_key(|x| (x.created_at, x.id));
    Ok(Answer::ok(Value::Array(found.into_iter().map(|x| wire::write(x)).collect())))
}
