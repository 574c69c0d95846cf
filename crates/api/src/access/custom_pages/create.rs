//! Makes a custom page.

use axum::extract::State;
use model::{CustomPageId, custom_page::CustomPage};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, PagesWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<PagesWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (wire::Draft { name, kind, html, contract_version }, actor) = (wire::read(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        let now = tx.now();
        let page = CustomPage { id: CustomPageId::random(), name, kind, html, contract_version, created_at: now, updated_at: now };
        tx.put_custom_page(&page)?;
        NOUN.created(tx, actor, page.id, wire::write(&page, 0))?;
        Ok(wire::write_head(&page, 0))
    });
    Ok(Answer::created(made.await?))
}
