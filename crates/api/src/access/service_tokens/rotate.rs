//! Gives a service token a new secret; the former one ends at once unless a time of grace is asked for.

use axum::extract::State;
use model::{
    Secret, ServiceTokenId, Timestamp,
    service_token::{PreviousSecret, ServiceToken},
};
use serde_json::Value;
use store::Purpose;

use super::{NOUN, wire};
use crate::{
    body::OptionalJson,
    caller::{Caller, ServiceTokensWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
    token,
};

pub(crate) async fn rotate(
    caller: Caller<ServiceTokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ServiceTokenId>,
    OptionalJson(body): OptionalJson,
) -> Result<Answer, ApiError> {
    let previous_until = body.as_ref().map_or(Ok(None), read)?;
    let secret = token::service_secret(&mut rand::rng());
    let hash = state.store.sealer().hash(Purpose::ServiceToken, secret.expose());
    let actor = caller.actor();
    let saved = state.write(move |tx, _| {
        let before = tx.service_token(&id)?.ok_or_else(|| ApiError::missing("service token", id))?;
        let after = rotated(before, hash, previous_until, tx.now());
        tx.put_service_token(&after)?;
        NOUN.acted(tx, actor, "rotate", id, wire::write(&after))?;
        Ok((after, tx.service_token_seen(&id)?))
    });
    let (after, seen) = saved.await?;
    Ok(Answer::ok(wire::write_with_secret(&after, seen.as_ref(), Some(&secret))))
}

fn read(body: &Value) -> Result<Option<Timestamp>, ApiError> {
    let faults = Faults::default();
    let until = Fields::of(body, "", &faults).and_then(|fields| {
        let until = fields.time("previous_client_secret_expires_at");
        fields.done();
        until
    });
    faults.finish(until)
}

/// The token with a new secret and the next version.
pub(super) fn rotated(before: ServiceToken, hash: Secret, previous_until: Option<Timestamp>, now: Timestamp) -> ServiceToken {
    let grace = previous_until.filter(|until| *until > now);
    ServiceToken {
        previous: grace.map(|expires_at| PreviousSecret { secret_hash: before.secret_hash.clone(), expires_at }),
        secret_hash: hash,
        client_secret_version: before.client_secret_version.saturating_add(1),
        updated_at: now,
        ..before
    }
}
