//! Removes a provider that nothing names any more; sessions that it vouched for end.

use std::sync::Arc;

use axum::extract::State;
use model::IdpId;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let (actor, config) = (caller.actor(), Arc::clone(&state.config));
    let removed = state.write(move |tx, snapshot| {
        let idp = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        in_use::refuse(&format!("identity provider {:?}", idp.name), in_use::of_provider(snapshot, &id))?;
        tx.remove_idp(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&config, &idp))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
