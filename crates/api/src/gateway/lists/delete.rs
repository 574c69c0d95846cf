//! Removes a list that no rule and no approval group names.

use axum::extract::State;
use model::ListId;
use serde_json::json;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, ListsWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<ListsWrite>, State(state): State<ApiState>, At(id): At<ListId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let list = tx.list(&id)?.ok_or_else(|| ApiError::missing("list", id))?;
        in_use::refuse(&format!("list {:?}", list.name), in_use::of_list(snapshot, &id))?;
        tx.remove_list(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&list))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::ok(json!({})))
}
