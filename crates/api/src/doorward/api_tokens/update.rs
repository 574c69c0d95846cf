//! Replaces what an API token may do; its text stays.

use axum::extract::State;
use model::{
    ApiTokenId, Timestamp,
    api_token::{ApiToken, Permission, Standing},
};
use store::Snapshot;

use super::{
    NOUN,
    create::{known, within},
    missing, no_more_than, shown, still_here,
    wire::{self, Wish},
};
use crate::{
    body::{Json, same_object},
    caller::{Caller, TokensWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

/// A body without `status` leaves the token switched as it is.
pub(crate) async fn update(
    caller: Caller<TokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ApiTokenId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let wish = wire::read(&body)?;
    same_object(&body, &id)?;
    let token = changed(&state, caller, id, wish).await?;
    Ok(Answer::ok(shown(&state, &token).await?))
}

/// The token after the change, if the caller may make it.
pub(crate) async fn changed(
    state: &ApiState,
    caller: Caller<TokensWrite>,
    id: ApiTokenId,
    Wish { order, enabled }: Wish,
) -> Result<ApiToken, ApiError> {
    let changed = state.write(move |tx, snapshot| {
        let (before, now) = (tx.api_token(&id)?.ok_or_else(|| missing(&id))?, tx.now());
        let giver = still_here(tx, &caller)?;
        no_more_than(&before, &giver)?;
        let after = ApiToken {
            name: order.name,
            permissions: order.permissions,
            resources: order.resources,
            request_ip: order.request_ip,
            enabled: enabled.unwrap_or(before.enabled),
            not_before: order.not_before,
            expires_at: order.expires_at,
            updated_at: now,
            ..before.clone()
        };
        // An end that is over already may stay as it is; giving a new one that is over is a mistake.
        if after.expires_at != before.expires_at || before.standing(now) != Standing::Expired {
            within(&giver, &after, now)?;
        } else {
            within(&giver, &ApiToken { expires_at: giver.expires_at, ..after.clone() }, now)?;
        }
        known(snapshot, after.resources.as_ref())?;
        if caller.by.token().is_some_and(|token| token.id == after.id) && !after.usable_from(caller.address) {
            let text =
                "the new condition would shut out the address that you are calling from with this very token: change it with another one";
            return Err(ApiError::Conflict(text.into()).into());
        }
        keep_an_administrator(snapshot, &before, Some(&after), now)?;
        tx.put_api_token(&after)?;
        NOUN.updated(tx, caller.actor(), &id, (wire::write(&before, None, now), wire::write(&after, None, now)))?;
        Ok(after)
    });
    changed.await
}

/// Somebody has to be left who may do everything: without, nobody could give anybody else a permission again.
pub(super) fn keep_an_administrator(
    snapshot: &Snapshot,
    before: &ApiToken,
    after: Option<&ApiToken>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let complete = |t: &ApiToken| {
        t.standing(now) == Standing::Active && t.resources.is_none() && Permission::ALL.iter().all(|p| t.permissions.contains(p))
    };
    let others = || snapshot.api_tokens.values().any(|other| other.id != before.id && complete(other));
    if !complete(before) || after.is_some_and(complete) || others() {
        return Ok(());
    }
    let name = &before.name;
    Err(ApiError::Conflict(format!("{name:?} is the last API token with every permission: make another one first")))
}
