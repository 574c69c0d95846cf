//! `api_tokens`: tokens of this API. A token hands on at most what it holds itself.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod roll;
pub(crate) mod update;
pub(crate) mod wire;

use std::sync::Arc;

use axum::extract::State;
use model::{ApiTokenId, Timestamp, api_token::ApiToken};
use serde_json::Value;
use store::Reader;

use crate::{
    audit::Object,
    caller::{By, Caller, TokensRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::{ApiState, Stop},
};

const NOUN: Object = Object("api_token");

/// Lists tokens, never their secrets.
pub(crate) async fn list(_: Caller<TokensRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let (tokens, used) = all(&state).await?;
    let now = state.now();
    Ok(Answer::page(paging.cut(tokens.into_iter().zip(used).map(|(token, used)| wire::write(&token, used, now)))))
}

/// Every token, the oldest first, with the time of its last use.
pub(crate) async fn all(state: &ApiState) -> Result<(Vec<Arc<ApiToken>>, Vec<Option<Timestamp>>), ApiError> {
    let mut tokens: Vec<_> = state.store.snapshot().api_tokens.values().cloned().collect();
    tokens.sort_by_key(|t| (t.created_at, t.id.clone()));
    let used = used(state, tokens.iter().map(|t| t.id.clone()).collect()).await?;
    Ok((tokens, used))
}

/// One token.
pub(crate) async fn get(_: Caller<TokensRead>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let token = state.store.snapshot().api_tokens.get(&id).cloned().ok_or_else(|| missing(&id))?;
    Ok(Answer::ok(shown(&state, &token).await?))
}

/// The wire form with the time of the last use.
async fn shown(state: &ApiState, token: &ApiToken) -> Result<Value, ApiError> {
    let used = used(state, vec![token.id.clone()]).await?.pop().flatten();
    Ok(wire::write(token, used, state.now()))
}

/// When tokens were used last: what is known since the start is younger than what was written down.
pub(crate) async fn used(state: &ApiState, ids: Vec<ApiTokenId>) -> Result<Vec<Option<Timestamp>>, ApiError> {
    let known: Vec<Option<Timestamp>> = ids.iter().map(|id| state.uses.last(id)).collect();
    let stored = state.read(move |reader| ids.iter().map(|id| Ok(reader.api_token_use(id)?)).collect::<Result<Vec<_>, Stop>>()).await?;
    Ok(known.into_iter().zip(stored).map(|(known, stored)| known.max(stored)).collect())
}

pub(crate) fn missing(id: &ApiTokenId) -> ApiError {
    ApiError::missing("API token", id)
}

/// The caller's token as it is in the transaction: it may have been removed, switched off or narrowed while the change waited.
fn still_here<N>(reader: &Reader<'_>, caller: &Caller<N>) -> Result<ApiToken, Stop> {
    match &caller.by {
        By::Token(token) => {
            let token = reader.api_token(&token.id)?.filter(|t| t.enabled);
            Ok(token.ok_or(ApiError::BadToken("not known"))?)
        }
        By::Console(visitor) => Ok(visitor.as_token(reader)?),
    }
}

/// A token that may do more than the caller's is none of its business.
fn no_more_than(token: &ApiToken, caller: &ApiToken) -> Result<(), ApiError> {
    if token.permissions.is_subset(&caller.permissions) {
        return Ok(());
    }
    let name = &token.name;
    Err(ApiError::BeyondCaller(format!(
        "the API token {name:?} may do more than yours: it is changed or removed with one that holds as much"
    )))
}
