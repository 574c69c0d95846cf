//! Removes an authority that stands for no host any more.

use axum::extract::State;
use model::CertificateId;
use serde_json::json;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, CertificatesWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<CertificatesWrite>,
    State(state): State<ApiState>,
    At(id): At<CertificateId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, _| {
        let certificate = tx.certificate(&id)?.ok_or_else(|| ApiError::missing("certificate", id))?;
        let hosts = certificate.associated_hostnames.iter().map(|host| format!("the host {host}")).collect();
        in_use::refuse(&format!("certificate {:?}", certificate.name), hosts)?;
        tx.remove_certificate(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&certificate))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::ok(json!({ "id": id.to_string() })))
}
