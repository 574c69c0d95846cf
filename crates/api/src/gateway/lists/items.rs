//! `{list_id}/items`: the items of a list, in pages; `search` finds in values and descriptions.

use axum::extract::State;
use model::ListId;
use serde_json::Value;

use super::wire;
use crate::{
    caller::{Caller, ListsRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query, contains},
    state::ApiState,
};

pub(crate) async fn list(
    _: Caller<ListsRead>,
    State(state): State<ApiState>,
    At(id): At<ListId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?;
    let snapshot = state.store.snapshot();
    let list = snapshot.lists.get(&id).ok_or_else(|| ApiError::missing("list", id))?;
    let Value::Array(items) = wire::write_items(&list.items) else { return Err(ApiError::Internal) };
    let search = query.text("search").unwrap_or_default();
    let found = |item: &Value| ["value", "description"].iter().any(|key| contains(item[*key].as_str().unwrap_or_default(), search));
    Ok(Answer::page(paging.cut(items.into_iter().filter(found))))
}
