//! Makes a provider.

use std::sync::Arc;

use axum::extract::State;
use model::{
    IdpId, Secret, Timestamp,
    idp::{IdentityProvider, ScimSettings},
};
use store::{Purpose, Sealer};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
    token,
};

pub(crate) async fn create(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let draft = wire::read(&body, wire::For::Create, &state.config)?;
    let mut scim = draft.scim.unwrap_or_default();
    let (actor, config, store) = (caller.actor(), Arc::clone(&state.config), state.store.clone());
    let made = state.write(move |tx, _| {
        let now = tx.now();
        let shown = first_secret(&mut scim, store.sealer(), now);
        let id = IdpId::random();
        let idp = IdentityProvider { id, name: draft.name, config: draft.config, scim, created_at: now, updated_at: now };
        tx.put_idp(&idp)?;
        if let Some(secret) = &draft.secret {
            tx.set_idp_client_secret(&id, secret)?;
        }
        NOUN.created(tx, actor, id, wire::write(&config, &idp))?;
        Ok((idp, shown))
    });
    let (made, shown) = made.await?;
    Ok(Answer::created(wire::write_with_secret(&state.config, &made, shown.as_ref())))
}

/// Gives SCIM its bearer secret when it is switched on for the first time; later it is shown only when regenerated.
pub(super) fn first_secret(scim: &mut ScimSettings, sealer: &Sealer, now: Timestamp) -> Option<Secret> {
    if !scim.enabled || scim.secret_hash.is_some() {
        return None;
    }
    let secret = token::scim_secret(&mut rand::rng());
    scim.secret_made_at = Some(now);
    scim.secret_hash = Some(sealer.hash(Purpose::ScimSecret, secret.expose()));
    Some(secret)
}
