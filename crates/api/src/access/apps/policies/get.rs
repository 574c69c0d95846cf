//! One policy of an application.

use axum::extract::State;
use model::{AppId, PolicyId};

use super::super::wire;
use crate::{
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(
    _: Caller<AppsRead>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    At(id): At<PolicyId>,
) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let app = snapshot.apps.get(&app).ok_or_else(|| ApiError::missing("application", app))?;
    let link = app.policies.iter().find(|link| link.id == id);
    let policy = link.and_then(|link| wire::write_policy(&snapshot, link));
    policy.map(Answer::ok).ok_or_else(|| ApiError::missing("policy of this application", id))
}
