//! One provider.

use axum::extract::State;
use model::IdpId;

use super::wire;
use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let idp = snapshot.idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    Ok(Answer::ok(wire::write(&state.config, idp)))
}
