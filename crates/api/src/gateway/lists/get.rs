//! One list with its items.

use axum::extract::State;
use model::ListId;

use super::wire;
use crate::{
    caller::{Caller, ListsRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<ListsRead>, State(state): State<ApiState>, At(id): At<ListId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let list = snapshot.lists.get(&id).ok_or_else(|| ApiError::missing("list", id))?;
    Ok(Answer::ok(wire::write(list)))
}
