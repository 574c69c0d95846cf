//! Gives an API token a new text; the old one stops working at once.

use axum::extract::State;
use model::{ApiTokenId, Secret, api_token::ApiToken};

use super::{NOUN, create::no_wider, missing, no_more_than, shown, still_here, wire};
use crate::{
    caller::{Caller, TokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
    token::new_value,
};

pub(crate) async fn roll(caller: Caller<TokensWrite>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let (token, secret) = rolled(&state, caller, id).await?;
    let mut wired = shown(&state, &token).await?;
    wire::reveal(&mut wired, &secret);
    Ok(Answer::ok(wired))
}

/// The token with its new text.
pub(crate) async fn rolled(state: &ApiState, caller: Caller<TokensWrite>, id: ApiTokenId) -> Result<(ApiToken, Secret), ApiError> {
    let (secret, secret_hash) = new_value(&mut rand::rng(), state.store.sealer());
    let rolled = state.write(move |tx, _| {
        let before = tx.api_token(&id)?.ok_or_else(|| missing(&id))?;
        let giver = still_here(tx, &caller)?;
        no_more_than(&before, &giver)?;
        // Who gets the new text could use it: it is as good as a new token.
        no_wider(&giver, &before)?;
        let after = ApiToken { secret_hash, updated_at: tx.now(), ..before };
        tx.put_api_token(&after)?;
        NOUN.acted(tx, caller.actor(), "roll", &id, wire::write(&after, None, tx.now()))?;
        Ok(after)
    });
    Ok((rolled.await?, secret))
}
