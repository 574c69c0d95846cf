//! Appends items to a list and removes others: an edit script, in one transaction.

use axum::extract::State;
use model::ListId;

use super::{
    NOUN,
    draft::{self, Kind, MOST},
    wire,
};
use crate::{
    body::Json,
    caller::{Caller, ListsWrite},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    params::At,
    state::ApiState,
};

pub(crate) async fn edit(
    caller: Caller<ListsWrite>,
    State(state): State<ApiState>,
    At(id): At<ListId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let kind = state.store.snapshot().lists.get(&id).map(|list| Kind::of(&list.items)).ok_or_else(|| ApiError::missing("list", id))?;
    let ((append, gone), actor) = (wire::read_edit(&body, kind)?, caller.actor());
    let saved = state.write(move |tx, _| {
        let before = tx.list(&id)?.ok_or_else(|| ApiError::missing("list", id))?;
        let mut after = before.clone();
        let faults = Faults::default();
        // Somebody who mistypes an address would leave it in for good without knowing.
        for missing in draft::edited(&mut after.items, append, gone, tx.now()) {
            faults.add(missing.pointer, format!("{:?} is not in the list", missing.shown));
        }
        if after.items.len() > MOST {
            faults.add("/append", format!("the list would have {} items, more than {MOST}", after.items.len()));
        }
        faults.finish(())?;
        after.updated_at = tx.now();
        tx.put_list(&after)?;
        NOUN.updated(tx, actor, id, wire::differing(&before, &after))?;
        Ok(wire::write(&after))
    });
    Ok(Answer::ok(saved.await?))
}
