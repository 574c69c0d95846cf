//! Lists providers.

use axum::extract::State;
use model::idp::IdentityProvider;

use super::wire;
use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 200)?;
    let scim_only = query.parsed::<bool>("scim_enabled")?.unwrap_or(false);
    let snapshot = state.store.snapshot();
    let mut idps: Vec<&IdentityProvider> = snapshot.idps.values().map(AsRef::as_ref).collect();
    idps.retain(|idp| !scim_only || idp.scim.enabled);
    idps.sort_by_key(|idp| (idp.created_at, idp.id));
    Ok(Answer::page(paging.cut(idps.into_iter().map(|idp| wire::write(&state.config, idp)))))
}
