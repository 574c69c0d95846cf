//! One rule group.

use axum::extract::State;
use model::AccessGroupId;

use super::wire;
use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<AccessGroupId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let group = snapshot.access_groups.get(&id).ok_or_else(|| ApiError::missing("group", id))?;
    Ok(Answer::ok(wire::write(group)))
}
