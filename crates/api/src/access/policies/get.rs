//! One reusable policy.

use axum::extract::State;
use model::PolicyId;

use super::wire;
use crate::{
    access::in_use,
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(id): At<PolicyId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let found = snapshot.policies.get(&id).filter(|p| p.owner.is_none());
    let policy = found.ok_or_else(|| ApiError::missing("reusable policy", id))?;
    Ok(Answer::ok(wire::write(policy, in_use::of_policy(&snapshot, &id).len())))
}
