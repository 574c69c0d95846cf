//! Puts a new signing key into use. The former one stays published until the last token that it signed has ended.

use std::sync::Arc;

use axum::extract::State;
use model::key::SigningKey;
use serde_json::json;

use super::{NOUN, write};
use crate::{
    access::policies::wire::LONGEST_SESSION,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

/// A day beyond the longest life of a token, for clocks and caches.
const PUBLISHED_ON: i64 = LONGEST_SESSION + 86_400;

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
    let saved = state.write(move |tx, snapshot| {
        let retires_at = Some(tx.now().plus_secs(PUBLISHED_ON));
        for former in snapshot.keys.iter().filter(|key| key.public.retires_at.is_none()) {
            tx.put_key(&SigningKey { retires_at, ..former.public.clone() }, &former.private_pkcs8)?;
        }
        tx.put_key(&key, &private)?;
        NOUN.acted(tx, actor, "rotate", &key.id, json!({}))?;
        Ok(write(&tx.organization()?, Some(&key), tx.now()))
    });
    Ok(Answer::ok(saved.await?))
}
