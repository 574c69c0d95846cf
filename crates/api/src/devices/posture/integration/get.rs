//! One integration.

use axum::extract::State;
use model::PostureIntegrationId;

use super::wire;
use crate::{
    caller::{Caller, PostureRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(
    _: Caller<PostureRead>,
    State(state): State<ApiState>,
    At(id): At<PostureIntegrationId>,
) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let found = snapshot.posture_integrations.get(&id).ok_or_else(|| ApiError::missing("device posture integration", id))?;
    Ok(Answer::ok(wire::write(found)))
}
