//! Lists bookmarks, the oldest first.

use axum::extract::State;
use model::app::App;

use super::wire;
use crate::{
    caller::{AppsLook, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AppsLook>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let snapshot = state.store.snapshot();
    let mut apps: Vec<&App> = snapshot.apps.values().map(AsRef::as_ref).collect();
    apps.sort_by_key(|app| (app.created_at, app.id));
    Ok(Answer::page(paging.cut(apps.into_iter().filter_map(wire::write))))
}
