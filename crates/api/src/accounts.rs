//! `/accounts`: the one account of the server.

use axum::extract::State;
use model::organization::Account;
use serde_json::{Value, json};

use crate::{
    caller::{Anybody, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

/// Lists the account.
pub(crate) async fn list(_: Caller<Anybody>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 20)?;
    query.only("direction", &["asc", "desc"])?;
    let account = state.store.snapshot().account.clone();
    let named = query.text("name").is_none_or(|name| account.name == name);
    Ok(Answer::page(paging.cut(named.then(|| write(&account)))))
}

/// The account.
pub(crate) async fn get(_: Caller<Anybody>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(write(&state.store.snapshot().account)))
}

fn write(account: &Account) -> Value {
    json!({
        "id": account.id.as_str(),
        "name": account.name,
        "type": "standard",
        "settings": { "enforce_twofactor": false },
        "created_on": account.created_at.rfc3339(),
    })
}
