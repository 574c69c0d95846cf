//! `health`: whether the server does its work.

use axum::extract::State;
use serde_json::json;

use crate::{
    caller::{Anybody, Caller},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<Anybody>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    if !state.store.healthy().await {
        return Err(ApiError::Unavailable);
    }
    Ok(Answer::ok(json!({
        "store": "ok",
        "configuration_version": state.store.snapshot().version,
        "dropped_access_records": state.store.dropped_records(),
        "version": env!("CARGO_PKG_VERSION"),
    })))
}
