//! Removes a service token that no rule names; the answer shows it once more.

use axum::extract::State;
use model::ServiceTokenId;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, ServiceTokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<ServiceTokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ServiceTokenId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let token = tx.service_token(&id)?.ok_or_else(|| ApiError::missing("service token", id))?;
        in_use::refuse(&format!("service token {:?}", token.name), in_use::of_service_token(snapshot, &id))?;
        let seen = tx.service_token_seen(&id)?;
        tx.remove_service_token(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&token))?;
        Ok((token, seen))
    });
    let (token, seen) = removed.await?;
    Ok(Answer::ok(wire::write_seen(&token, seen.as_ref())))
}
