//! Lists authorities, the oldest first.

use axum::extract::State;
use model::certificate::Certificate;

use super::wire;
use crate::{
    caller::{Caller, CertificatesRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<CertificatesRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?;
    let snapshot = state.store.snapshot();
    let mut all: Vec<&Certificate> = snapshot.certificates.values().map(AsRef::as_ref).collect();
    all.sort_by_key(|certificate| (certificate.created_at, certificate.id));
    Ok(Answer::page(paging.cut(all.into_iter().map(wire::write))))
}
