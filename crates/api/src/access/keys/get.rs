//! When keys rotate.

use axum::extract::State;

use super::write;
use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let current = snapshot.keys.first().map(|key| &key.public);
    Ok(Answer::ok(write(&snapshot.organization, current, state.now())))
}
