//! Makes an API token; its text is in this answer only.

use axum::extract::State;
use model::{
    Timestamp,
    api_token::{ApiToken, Resources},
};
use store::Snapshot;

use super::{NOUN, still_here, wire};
use crate::{
    body::Json,
    caller::{Caller, TokensWrite},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    state::ApiState,
    token::{TokenOrder, new_token},
};

pub(crate) async fn create(caller: Caller<TokensWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let wire::Wish { order, enabled } = wire::read(&body)?;
    let (token, secret) = make(&state, caller, order, enabled.unwrap_or(true)).await?;
    let mut wired = wire::write(&token, None, state.now());
    wire::reveal(&mut wired, &secret);
    Ok(Answer::created(wired))
}

/// Makes the token that is wished for, if the caller may.
pub(crate) async fn make(
    state: &ApiState,
    caller: Caller<TokensWrite>,
    order: TokenOrder,
    enabled: bool,
) -> Result<(ApiToken, model::Secret), ApiError> {
    let (mut token, secret) = new_token(&mut rand::rng(), state.store.sealer(), order, state.now());
    token.enabled = enabled;
    let made = state.write(move |tx, snapshot| {
        let giver = still_here(tx, &caller)?;
        within(&giver, &token, tx.now())?;
        known(snapshot, token.resources.as_ref())?;
        tx.put_api_token(&token)?;
        NOUN.created(tx, caller.actor(), &token.id, wire::write(&token, None, tx.now()))?;
        Ok(token)
    });
    Ok((made.await?, secret))
}

/// A token hands on no more, for no longer and to nowhere else than it holds.
pub(super) fn within(giver: &ApiToken, token: &ApiToken, now: Timestamp) -> Result<(), ApiError> {
    let beyond = |text: String| Err(ApiError::BeyondCaller(text));
    let more: Vec<&str> = token.permissions.difference(&giver.permissions).map(|p| p.name()).collect();
    if !more.is_empty() {
        return beyond(format!("your token cannot grant what it does not hold: {}", more.join(", ")));
    }
    if token.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::fault("/expires_on", "lies in the past"));
    }
    if let (Some(begin), Some(end)) = (token.not_before, token.expires_at)
        && begin >= end
    {
        return Err(ApiError::fault("/not_before", "must lie before expires_on"));
    }
    no_wider(giver, token)
}

/// A token that ends passes on nothing that lasts longer; one for some addresses or objects nothing that is good elsewhere.
pub(super) fn no_wider(giver: &ApiToken, token: &ApiToken) -> Result<(), ApiError> {
    let beyond = |text: String| Err(ApiError::BeyondCaller(text));
    if let Some(end) = giver.expires_at
        && token.expires_at.is_none_or(|wanted| wanted > end)
    {
        return beyond(format!("your token ends at {}: the other one must end no later (expires_on)", end.rfc3339()));
    }
    if !giver.request_ip.is_empty() && token.request_ip != giver.request_ip {
        return beyond("your token may be used from some addresses only: the other one needs the same condition".into());
    }
    let limited = |own: &Resources| token.resources.as_ref().is_some_and(|wanted| wanted.within(own));
    if giver.resources.as_ref().is_some_and(|own| !limited(own)) {
        return beyond("your token is for some applications or login methods only: the other one cannot be for more".into());
    }
    Ok(())
}

/// What a token is limited to must be there.
pub(super) fn known(snapshot: &Snapshot, resources: Option<&Resources>) -> Result<(), ApiError> {
    let Some(resources) = resources else { return Ok(()) };
    let faults = Faults::default();
    for (at, id) in resources.apps.iter().enumerate().filter(|(_, id)| !snapshot.apps.contains_key(id)) {
        faults.add(format!("/resources/apps/{at}"), format!("there is no application {id}"));
    }
    for (at, id) in resources.identity_providers.iter().enumerate().filter(|(_, id)| !snapshot.idps.contains_key(id)) {
        faults.add(format!("/resources/identity_providers/{at}"), format!("there is no identity provider {id}"));
    }
    faults.finish(())
}
