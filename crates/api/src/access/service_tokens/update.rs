//! Changes a service token. What is left out stays; a raised `client_secret_version` rotates the secret and shows it.

use axum::extract::State;
use model::{ServiceTokenId, service_token::ServiceToken};
use store::Purpose;

use super::{NOUN, rotate::rotated, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, ServiceTokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::{ApiState, Stop},
    token,
};

pub(crate) async fn update(
    caller: Caller<ServiceTokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ServiceTokenId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let secret = token::service_secret(&mut rand::rng());
    let hash = state.store.sealer().hash(Purpose::ServiceToken, secret.expose());
    let saved = state.write(move |tx, _| {
        let before = tx.service_token(&id)?.ok_or_else(|| ApiError::missing("service token", id))?;
        let rotate = raises(&before, draft.version)?;
        let mut after = changed(&before, &draft, tx.now());
        if let Some(version) = rotate {
            after = rotated(after, hash, draft.previous_until, tx.now());
            after.client_secret_version = version;
        } else if let (Some(until), Some(previous)) = (draft.previous_until, after.previous.as_mut()) {
            // The grace of a former secret is shortened, never lengthened: it may have run out already.
            previous.expires_at = previous.expires_at.min(until);
        }
        tx.put_service_token(&after)?;
        NOUN.updated(tx, actor, id, (wire::write(&before), wire::write(&after)))?;
        Ok((after, tx.service_token_seen(&id)?, rotate.is_some()))
    });
    let (after, seen, shown) = saved.await?;
    Ok(Answer::ok(wire::write_with_secret(&after, seen.as_ref(), shown.then_some(&secret))))
}

fn raises(before: &ServiceToken, wanted: Option<u32>) -> Result<Option<u32>, Stop> {
    match wanted {
        Some(version) if version < before.client_secret_version => Err(ApiError::fault(
            "/client_secret_version",
            format!("{version} is lower than the present version {}: raise it to rotate the secret", before.client_secret_version),
        )
        .into()),
        Some(version) if version > before.client_secret_version => Ok(Some(version)),
        _ => Ok(None),
    }
}

fn changed(before: &ServiceToken, draft: &wire::Draft, now: model::Timestamp) -> ServiceToken {
    let mut after = before.clone();
    if let Some(name) = &draft.name {
        after.name.clone_from(name);
    }
    if let Some(life) = draft.life.clone() {
        let duration = life.stored();
        if duration != before.duration {
            after.expires_at = wire::end(now, duration.as_ref());
        }
        after.duration = duration;
    }
    after.enabled = draft.enabled.unwrap_or(before.enabled);
    after.updated_at = now;
    after
}
