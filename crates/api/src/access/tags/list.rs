//! Lists tags, in alphabetical order.

use axum::extract::State;

use super::{users, wire};
use crate::{
    caller::{Caller, TagsRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<TagsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?;
    let snapshot = state.store.snapshot();
    Ok(Answer::page(paging.cut(snapshot.tags.values().map(|tag| wire::write(tag, users(&snapshot, &tag.name).count())))))
}
