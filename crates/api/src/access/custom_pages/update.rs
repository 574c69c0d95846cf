//! Replaces a custom page. While something shows it, it stays of its type: an application has one page of each at most.

use axum::extract::State;
use model::{CustomPageId, custom_page::CustomPage};

use super::{NOUN, wire};
use crate::{
    access::in_use,
    body::{Json, same_object},
    caller::{Caller, PagesWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<PagesWrite>,
    State(state): State<ApiState>,
    At(id): At<CustomPageId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (wire::Draft { name, kind, html, contract_version }, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, snapshot| {
        let before = tx.custom_page(&id)?.ok_or_else(|| ApiError::missing("custom page", id))?;
        let users = in_use::of_custom_page(snapshot, &id);
        let count = users.len();
        if kind != before.kind {
            in_use::refuse(&format!("the type of page {:?} cannot change: it", before.name), users)?;
        }
        let after = CustomPage { name, kind, html, contract_version, updated_at: tx.now(), ..before.clone() };
        tx.put_custom_page(&after)?;
        NOUN.updated(tx, actor, id, (wire::write(&before, count), wire::write(&after, count)))?;
        Ok(wire::write_head(&after, count))
    });
    Ok(Answer::ok(saved.await?))
}
