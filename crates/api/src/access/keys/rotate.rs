//! Puts a new signing key into use. The former one stays published for a week.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;

use super::{NOUN, write};
use crate::{
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn rotate(caller: Caller<OrgWrite>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let (maker, now, actor) = (Arc::clone(&state.keys), state.now(), caller.actor());
    let made = tokio::task::spawn_blocking(move || maker.generate(now)).await;
    let (key, private) = match made {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "key rotation");
            return Err(ApiError::Internal);
        }
        Err(_) => return Err(ApiError::Internal),
    };
    let saved = state.write(move |tx, _| {
        tx.rotate_key(&key, &private)?;
        NOUN.acted(tx, actor, "rotate", &key.id, json!({}))?;
        Ok(write(&tx.organization()?, Some(&key), tx.now()))
    });
    Ok(Answer::ok(saved.await?))
}
