//! The organisation's settings.

use axum::extract::State;

use super::wire;
use crate::{
    caller::{Caller, OrgLook},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<OrgLook>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(wire::write(&state.config, &state.store.snapshot().organization)))
}
