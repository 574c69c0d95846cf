//! Changes the organisation's settings: a PUT that merges.

use std::sync::Arc;

use axum::extract::State;

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn update(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (actor, account, config) = (caller.actor(), caller.account.clone(), Arc::clone(&state.config));
    let saved = state.write(move |tx, _| {
        let before = tx.organization()?;
        let mut after = wire::merge(&config, &before, &body)?;
        wire::check_pages(tx, &after)?;
        after.updated_at = tx.now();
        tx.put_organization(&after)?;
        NOUN.updated(tx, actor, account, (wire::write(&config, &before), wire::write(&config, &after)))?;
        Ok(after)
    });
    Ok(Answer::ok(wire::write(&state.config, &saved.await?)))
}
