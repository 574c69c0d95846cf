//! Ends every token of an application: people sign in again or are let in again by their session.

use axum::extract::State;
use model::{AppId, app::App};
use serde_json::{Value, json};

use super::NOUN;
use crate::{
    caller::{Caller, RevokeApps},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn revoke_tokens(
    caller: Caller<RevokeApps>,
    State(state): State<ApiState>,
    At(id): At<AppId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let revoked = state.write_first(move |tx| {
        let before = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        let generation = before.generation.saturating_add(1);
        tx.put_app(&App { generation, ..before })?;
        NOUN.acted(tx, actor, "revoke_tokens", id, json!({ "generation": generation }))?;
        Ok(())
    });
    revoked.await?;
    Ok(Answer::accepted(Value::Null))
}
