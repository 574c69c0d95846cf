//! Changes an authority's name and hosts; the certificate itself stays.

use axum::extract::State;
use model::{CertificateId, certificate::Certificate};

use super::{NOUN, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, CertificatesWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<CertificatesWrite>,
    State(state): State<ApiState>,
    At(id): At<CertificateId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let ((name, hosts), actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = tx.certificate(&id)?.ok_or_else(|| ApiError::missing("certificate", id))?;
        let name = name.unwrap_or_else(|| before.name.clone());
        let after = Certificate { name, associated_hostnames: hosts, updated_at: tx.now(), ..before.clone() };
        tx.put_certificate(&after)?;
        let wired = wire::write(&after);
        NOUN.updated(tx, actor, id, (wire::write(&before), wired.clone()))?;
        Ok(wired)
    });
    Ok(Answer::ok(saved.await?))
}
