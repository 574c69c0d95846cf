//! Lists service tokens.

use axum::extract::State;

use super::wire;
use crate::{
    caller::{Caller, ServiceTokensRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{Query, contains},
    state::ApiState,
};

pub(crate) async fn list(_: Caller<ServiceTokensRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let seen = state.read(|reader| Ok(reader.service_tokens_seen()?)).await?;
    let snapshot = state.store.snapshot();
    let mut tokens: Vec<_> = snapshot.service_tokens.values().collect();
    tokens.retain(|t| query.text("name").is_none_or(|name| t.name == name));
    tokens.retain(|t| query.text("search").is_none_or(|s| contains(&t.name, s) || contains(&t.client_id, s)));
    tokens.sort_by_key(|t| (t.created_at, t.id));
    Ok(Answer::page(paging.cut(tokens.into_iter().map(|t| wire::write_seen(t, seen.get(&t.id))))))
}
