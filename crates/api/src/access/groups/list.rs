//! Lists rule groups.

use axum::extract::State;

use super::wire;
use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{Query, contains},
    state::ApiState,
};

pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let snapshot = state.store.snapshot();
    let mut groups: Vec<_> = snapshot.access_groups.values().collect();
    groups.retain(|g| query.text("name").is_none_or(|name| g.name == name) && query.text("search").is_none_or(|s| contains(&g.name, s)));
    groups.sort_by_key(|g| (g.created_at, g.id));
    Ok(Answer::page(paging.cut(groups.into_iter().map(|g| wire::write(g)))))
}
