//! Makes a new SCIM bearer secret. The one before is worthless from then on, or after a time that the caller chooses.

use axum::extract::State;
use model::{
    IdpId, Timestamp,
    idp::{FormerSecret, IdentityProvider},
};
use serde_json::{Value, json};

use super::{NOUN, create::first_secret, wire};
use crate::{
    body::OptionalJson,
    caller::{Caller, OrgWrite},
    envelope::{Answer, Message},
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

/// Longest time that two secrets are taken: a week.
const MOST_OVERLAP: i64 = 7 * 86_400;
/// Code of the remark that tells until when the former secret is taken.
const FORMER_SECRET: u32 = 1000;

/// Answers the provider with its new secret, which is shown this once. Of three secrets the oldest ends at once.
pub(crate) async fn refresh_scim_secret(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<IdpId>,
    OptionalJson(body): OptionalJson,
) -> Result<Answer, ApiError> {
    // Clients without a body of their own send `null`.
    let overlap = body.filter(|body| !body.is_null()).map_or(Ok(0), |body| overlap(&body))?;
    let (actor, store) = (caller.actor(), state.store.clone());
    let made = state.write(move |tx, _| {
        let before = tx.idp(&id)?.ok_or_else(|| ApiError::missing("identity provider", id))?;
        if !before.scim.enabled {
            return Err(ApiError::fault("", "SCIM is off for this provider: switch scim_config.enabled on first").into());
        }
        let mut after = IdentityProvider { updated_at: tx.now(), ..before };
        let former = after.scim.secret_hash.take().filter(|_| overlap > 0);
        after.scim.former_secret = former.map(|hash| FormerSecret { hash, ends_at: tx.now().plus_secs(overlap) });
        let shown = first_secret(&mut after.scim, store.sealer(), tx.now());
        tx.put_idp(&after)?;
        NOUN.acted(tx, actor, "refresh_scim_secret", id, json!({ "overlap_seconds": overlap }))?;
        Ok((after, shown))
    });
    let (after, shown) = made.await?;
    let mut answer = wire::write_with_secret(&state.config, &after, shown.as_ref());
    let ends_at = after.scim.former_secret.as_ref().map(|former| former.ends_at);
    answer["scim_config"]["former_secret_ends_at"] = json!(ends_at.map(Timestamp::rfc3339));
    let remark = ends_at.map(|at| Message {
        code: FORMER_SECRET,
        text: format!("The former secret is taken until {}; then only the new one is.", at.rfc3339()),
        pointer: None,
    });
    Ok(Answer::ok(answer).with_messages(remark.into_iter().collect()))
}

fn overlap(body: &Value) -> Result<i64, ApiError> {
    let faults = Faults::default();
    let overlap = Fields::of(body, "", &faults).map(|fields| {
        let overlap = fields.integer("overlap_seconds", 0..=MOST_OVERLAP).unwrap_or(0);
        fields.done();
        overlap
    });
    faults.finish_some(overlap)
}
