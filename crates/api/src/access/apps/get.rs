//! One application.

use axum::extract::State;
use model::AppId;

use super::wire;
use crate::{
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(id): At<AppId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let app = snapshot.apps.get(&id).ok_or_else(|| ApiError::missing("application", id))?;
    Ok(Answer::ok(wire::write(&state.config, &snapshot, app)))
}
