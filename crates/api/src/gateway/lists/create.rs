//! Makes a list.

use axum::extract::State;
use model::{ListId, list::List};

use super::{NOUN, draft, wire};
use crate::{
    body::Json,
    caller::{Caller, ListsWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<ListsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let ((kind, draft), actor) = (wire::read_new(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        let now = tx.now();
        let items = draft::replaced(&kind.empty(), draft.items.unwrap_or_else(|| kind.empty()), now);
        let list = List { id: ListId::random(), name: draft.name, description: draft.description, items, created_at: now, updated_at: now };
        tx.put_list(&list)?;
        let wired = wire::write(&list);
        NOUN.created(tx, actor, list.id, wired.clone())?;
        Ok(wired)
    });
    Ok(Answer::ok(made.await?))
}
