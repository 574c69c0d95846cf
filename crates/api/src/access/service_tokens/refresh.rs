//! Moves a service token's end to one duration from now.

use axum::extract::State;
use model::{ServiceTokenId, service_token::ServiceToken};

use super::{NOUN, wire};
use crate::{
    caller::{Caller, ServiceTokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn refresh(
    caller: Caller<ServiceTokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ServiceTokenId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let saved = state.write(move |tx, _| {
        let before = tx.service_token(&id)?.ok_or_else(|| ApiError::missing("service token", id))?;
        let (now, expires_at) = (tx.now(), wire::end(tx.now(), before.duration.as_ref()));
        let after = ServiceToken { expires_at, updated_at: now, ..before };
        tx.put_service_token(&after)?;
        NOUN.acted(tx, actor, "refresh", id, wire::write(&after))?;
        Ok((after, tx.service_token_seen(&id)?))
    });
    let (after, seen) = saved.await?;
    Ok(Answer::ok(wire::write_seen(&after, seen.as_ref())))
}
