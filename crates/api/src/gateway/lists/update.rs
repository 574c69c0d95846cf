//! Replaces a list's name, description and items. Items stay when they are left out.

use axum::extract::State;
use model::{ListId, list::List};

use super::{
    NOUN,
    draft::{self, Kind},
    wire,
};
use crate::{
    body::{Json, same_object},
    caller::{Caller, ListsWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<ListsWrite>,
    State(state): State<ApiState>,
    At(id): At<ListId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let kind = state.store.snapshot().lists.get(&id).map(|list| Kind::of(&list.items)).ok_or_else(|| ApiError::missing("list", id))?;
    let (draft, actor) = (wire::read(&body, kind)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = tx.list(&id)?.ok_or_else(|| ApiError::missing("list", id))?;
        let items = draft.items.map_or_else(|| before.items.clone(), |wish| draft::replaced(&before.items, wish, tx.now()));
        let after = List { name: draft.name, description: draft.description, items, updated_at: tx.now(), ..before.clone() };
        tx.put_list(&after)?;
        NOUN.updated(tx, actor, id, wire::differing(&before, &after))?;
        Ok(wire::write(&after))
    });
    Ok(Answer::ok(saved.await?))
}
