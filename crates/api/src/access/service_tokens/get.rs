//! One service token.

use axum::extract::State;
use model::ServiceTokenId;

use super::wire;
use crate::{
    caller::{Caller, ServiceTokensRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(
    _: Caller<ServiceTokensRead>,
    State(state): State<ApiState>,
    At(id): At<ServiceTokenId>,
) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let token = snapshot.service_tokens.get(&id).ok_or_else(|| ApiError::missing("service token", id))?;
    let seen = state.read(move |reader| Ok(reader.service_token_seen(&id)?)).await?;
    Ok(Answer::ok(wire::write_seen(token, seen.as_ref())))
}
