//! One authority.

use axum::extract::State;
use model::CertificateId;

use super::wire;
use crate::{
    caller::{Caller, CertificatesRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<CertificatesRead>, State(state): State<ApiState>, At(id): At<CertificateId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let certificate = snapshot.certificates.get(&id).ok_or_else(|| ApiError::missing("certificate", id))?;
    Ok(Answer::ok(wire::write(certificate)))
}
