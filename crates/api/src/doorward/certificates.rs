//! `certificates/{certificate_id}`: the PEM of an authority for client certificates, which the v4 object does not show.

use axum::extract::State;
use model::CertificateId;
use serde_json::json;

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
    Ok(Answer::ok(json!({ "id": id.to_string(), "certificate": certificate.pem })))
}
