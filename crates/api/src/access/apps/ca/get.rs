//! The public half of an application's key pair.

use axum::extract::State;
use model::AppId;

use super::write;
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
    let ca = snapshot.app_cas.get(&id).ok_or_else(|| ApiError::missing("CA of the application", id))?;
    Ok(Answer::ok(write(app, ca)))
}
