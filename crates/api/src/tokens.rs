//! `tokens`: the account's API tokens as scripts for the v4 API know them, and whether the one that is shown is good.

mod account;

use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use model::{
    ApiTokenId,
    api_token::{ApiToken, Permission},
};
use serde_json::{Map, Value, json};

use crate::{
    body::{Json, same_object},
    caller::{Anybody, Caller, TokensRead, TokensWrite},
    doorward::api_tokens::{self, create, roll::rolled, update::changed},
    envelope::{Answer, Message},
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// A caller whose bad token is answered as verification answers it.
#[derive(Debug)]
pub(crate) struct Verified(Caller<Anybody>);

impl FromRequestParts<ApiState> for Verified {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        Caller::from_request_parts(parts, state).await.map(Self).map_err(|e| match e {
            ApiError::BadToken(why) => ApiError::NotVerified(why),
            other => other,
        })
    }
}

/// Tells that the token is valid and until when.
pub(crate) async fn verify(Verified(caller): Verified, State(_): State<ApiState>) -> Result<Answer, ApiError> {
    let Some(token) = caller.by.token() else { return Err(ApiError::NoCredentials) };
    let begin = token.not_before.unwrap_or(token.created_at);
    let mut out = Map::new();
    out.insert("id".into(), json!(token.id.as_str()));
    out.insert("status".into(), json!("active"));
    out.insert("not_before".into(), json!(begin.rfc3339()));
    if let Some(end) = token.expires_at {
        out.insert("expires_on".into(), json!(end.rfc3339()));
    }
    let valid = Message { code: 10000, text: "This API Token is valid and active".into(), pointer: None };
    Ok(Answer::ok(Value::Object(out)).with_messages(vec![valid]))
}

/// Every permission, as the group that grants it.
pub(crate) async fn permission_groups(_: Caller<TokensRead>, State(_): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    Ok(Answer::page(paging.cut(Permission::ALL.into_iter().map(account::group))))
}

/// Lists tokens, never their secrets.
pub(crate) async fn list(caller: Caller<TokensRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 20)?;
    let (tokens, used) = api_tokens::all(&state).await?;
    let now = state.now();
    let wired = tokens.iter().zip(used).map(|(token, used)| account::write(token, &caller.account, used, now));
    Ok(Answer::page(paging.cut(wired)))
}

/// One token.
pub(crate) async fn get(caller: Caller<TokensRead>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let token = state.store.snapshot().api_tokens.get(&id).cloned().ok_or_else(|| api_tokens::missing(&id))?;
    Ok(Answer::ok(shown(&state, &caller.account, &token).await?))
}

async fn shown(state: &ApiState, account: &model::AccountId, token: &ApiToken) -> Result<Value, ApiError> {
    let used = api_tokens::used(state, vec![token.id.clone()]).await?.pop().flatten();
    Ok(account::write(token, account, used, state.now()))
}

/// Makes a token; its text is in this answer only.
pub(crate) async fn create(caller: Caller<TokensWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (wish, account) = (account::read(&body, &caller.account)?, caller.account.clone());
    let (token, secret) = create::make(&state, caller, wish.order, wish.enabled.unwrap_or(true)).await?;
    let mut wired = account::write(&token, &account, None, state.now());
    api_tokens::wire::reveal(&mut wired, &secret);
    Ok(Answer::ok(wired))
}

/// Replaces what a token may do.
pub(crate) async fn update(
    caller: Caller<TokensWrite>,
    State(state): State<ApiState>,
    At(id): At<ApiTokenId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (wish, account) = (account::read(&body, &caller.account)?, caller.account.clone());
    same_object(&body, &id)?;
    let token = changed(&state, caller, id, wish).await?;
    Ok(Answer::ok(shown(&state, &account, &token).await?))
}

/// Removes a token.
pub(crate) async fn delete(caller: Caller<TokensWrite>, state: State<ApiState>, id: At<ApiTokenId>) -> Result<Answer, ApiError> {
    api_tokens::delete::delete(caller, state, id).await
}

/// Gives a token a new text, which is all that is answered.
pub(crate) async fn roll(caller: Caller<TokensWrite>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let (_, secret) = rolled(&state, caller, id).await?;
    Ok(Answer::ok(json!(secret.expose())))
}
