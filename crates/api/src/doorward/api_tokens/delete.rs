//! Removes an API token. The last one that may do everything stays.

use axum::extract::State;
use model::{ApiTokenId, api_token::ApiToken};
use serde_json::json;

use super::{NOUN, missing, no_more_than, still_here, update, wire};
use crate::{
    caller::{Caller, TokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<TokensWrite>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let removed = state.write(move |tx, snapshot| {
        let token: ApiToken = tx.api_token(&id)?.ok_or_else(|| missing(&id))?;
        no_more_than(&token, &still_here(tx, &caller)?)?;
        update::keep_an_administrator(snapshot, &token, None, tx.now())?;
        tx.remove_api_token(&id)?;
        NOUN.deleted(tx, caller.actor(), &id, wire::write(&token, None, tx.now()))?;
        Ok(id)
    });
    let id = removed.await?;
    state.uses.forget(&id);
    Ok(Answer::ok(json!({ "id": id.as_str() })))
}
