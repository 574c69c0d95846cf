//! Lists the policies of an application in their order.

use axum::extract::State;
use model::AppId;

use super::super::wire;
use crate::{
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, At(app): At<AppId>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 200)?;
    let snapshot = state.store.snapshot();
    let app = snapshot.apps.get(&app).ok_or_else(|| ApiError::missing("application", app))?;
    Ok(Answer::page(paging.cut(app.policies.iter().filter_map(|link| wire::write_policy(&snapshot, link)))))
}
