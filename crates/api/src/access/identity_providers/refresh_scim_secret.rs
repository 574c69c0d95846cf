//! Makes a new SCIM bearer secret; the old one is worthless from then on.

use axum::extract::State;
use model::{IdpId, idp::IdentityProvider};
use serde_json::json;

use super::{NOUN, create::first_secret, wire};
use crate::{
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn refresh_scim_secret(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
) -> Result<Answer, ApiError> {
    let (actor, store) = (caller.actor(), state.store.clone());
    let made = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        if !before.scim.enabled {
            return Err(ApiError::fault("", "SCIM is off for this provider: switch scim_config.enabled on first").into());
        }
        let mut after = IdentityProvider { updated_at: tx.now(), ..before };
        after.scim.secret_hash = None;
        let shown = first_secret(&mut after.scim, store.sealer(), tx.now());
        tx.put_idp(&after)?;
        NOUN.acted(tx, actor, "refresh_scim_secret", id, json!({}))?;
        Ok((after, shown))
    });
    let (after, shown) = made.await?;
    Ok(Answer::ok(wire::write_with_secret(&state.config, &after, shown.as_ref())))
}
