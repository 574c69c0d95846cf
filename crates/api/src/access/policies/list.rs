//! Lists reusable policies.

use axum::extract::State;

use super::wire;
use crate::{
    access::in_use,
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{Query, contains},
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let snapshot = state.store.snapshot();
    let mut policies: Vec<_> = snapshot.policies.values().filter(|p| p.owner.is_none()).collect();
    policies.retain(|p| query.text("name").is_none_or(|name| p.name == name) && query.text("search").is_none_or(|s| contains(&p.name, s)));
    policies.sort_by_key(|p| (p.created_at, p.id));
    let wired = policies.into_iter().map(|p| wire::write(p, in_use::of_policy(&snapshot, &p.id).len()));
    Ok(Answer::page(paging.cut(wired)))
}
