//! Makes an authority known. Several may stand for one host: then certificates of any of them are taken there.

use axum::extract::State;
use model::{CertificateId, certificate::Certificate};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, CertificatesWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<CertificatesWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (wire::Draft { name, pem, authority, hosts }, actor) = (wire::read_new(&body, state.now())?, caller.actor());
    let made = state.write(move |tx, snapshot| {
        let same = snapshot.certificates.values().find(|other| other.pem.trim() == pem.trim());
        if let Some(other) = same {
            return Err(ApiError::Conflict(format!("this certificate is there already, as {:?}", other.name)).into());
        }
        let now = tx.now();
        let certificate = Certificate {
            id: CertificateId::random(),
            name,
            pem,
            fingerprint: authority.fingerprint,
            expires_on: authority.expires_on,
            associated_hostnames: hosts,
            created_at: now,
            updated_at: now,
        };
        tx.put_certificate(&certificate)?;
        let wired = wire::write(&certificate);
        NOUN.created(tx, actor, certificate.id, wired.clone())?;
        Ok(wired)
    });
    Ok(Answer::created(made.await?))
}
