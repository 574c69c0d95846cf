//! `tokens/verify`: whether the token that is shown is good.

use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use serde_json::{Map, Value, json};

use crate::{
    caller::{Anybody, Caller},
    envelope::{Answer, Message},
    error::ApiError,
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
    let token = &caller.token;
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
