//! Replaces a provider's settings. The client secret stays unless another one is sent.

use std::sync::Arc;

use axum::extract::State;
use model::{
    IdpId,
    idp::{EntraSettings, IdentityProvider, IdpConfig},
};

use super::{NOUN, create::first_secret, end_sessions, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let draft = wire::read(&body, wire::For::Replace)?;
    same_object(&body, &id)?;
    let (actor, config, store) = (caller.actor(), Arc::clone(&state.config), state.store.clone());
    let saved = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        let stored = before.config.entra().ok_or_else(|| ApiError::missing("Entra identity provider", id))?;
        if draft.secret.is_none() {
            secret_still_fits(stored, &draft.settings)?;
        }
        let other_directory = stored.directory_id != draft.settings.directory_id;
        let settings = EntraSettings { cloud: stored.cloud.clone(), own: stored.own.clone(), ..draft.settings };
        let mut scim = draft.scim.unwrap_or_else(|| before.scim.clone());
        scim.secret_hash.clone_from(&before.scim.secret_hash);
        let shown = first_secret(&mut scim, store.sealer());
        let after = IdentityProvider { name: draft.name, config: IdpConfig::Entra(settings), scim, updated_at: tx.now(), ..before.clone() };
        tx.put_idp(&after)?;
        if let Some(secret) = &draft.secret {
            tx.set_idp_client_secret(&id, secret)?;
        }
        NOUN.updated(tx, actor.clone(), id, (wire::write(&config, &before), wire::write(&config, &after)))?;
        if other_directory {
            end_sessions(tx, actor, &id)?;
        }
        Ok((after, shown))
    });
    let (after, shown) = saved.await?;
    Ok(Answer::ok(wire::write_with_secret(&state.config, &after, shown.as_ref())))
}

/// A secret belongs to one client of one tenant: it is not sent to another on the strength of an old entry (ruling 7).
fn secret_still_fits(stored: &EntraSettings, wanted: &EntraSettings) -> Result<(), ApiError> {
    let changed = match (stored.client_id != wanted.client_id, stored.directory_id != wanted.directory_id) {
        (false, false) => return Ok(()),
        (true, false) => "client_id",
        (false, true) => "directory_id",
        (true, true) => "client_id and directory_id",
    };
    Err(ApiError::fault("/config/client_secret", format!("client_secret is required again because {changed} changed")))
}
