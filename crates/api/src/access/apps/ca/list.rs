//! Lists the key pairs of applications, the oldest first.

use axum::extract::State;
use model::{app::App, app_ca::AppCa};

use super::write;
use crate::{
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let snapshot = state.store.snapshot();
    let with_app = |(id, ca)| snapshot.apps.get(id).map(|app| (app.as_ref(), AsRef::as_ref(ca)));
    let mut all: Vec<(&App, &AppCa)> = snapshot.app_cas.iter().filter_map(with_app).collect();
    all.sort_by_key(|(_, ca)| (ca.created_at, ca.id));
    Ok(Answer::page(paging.cut(all.into_iter().map(|(app, ca)| write(app, ca)))))
}
