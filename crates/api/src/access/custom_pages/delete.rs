//! Removes a custom page that nothing shows.

use axum::extract::State;
use model::CustomPageId;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, PagesWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<PagesWrite>,
    State(state): State<ApiState>,
    At(id): At<CustomPageId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let page = tx.custom_page(&id)?.ok_or_else(|| ApiError::missing("custom page", id))?;
        in_use::refuse(&format!("custom page {:?}", page.name), in_use::of_custom_page(snapshot, &id))?;
        tx.remove_custom_page(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&page, 0))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
