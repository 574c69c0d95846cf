//! `reload`: reads the server's configuration file anew. What the file says is its writer's business; who may ask for the look is decided here.

use axum::extract::State;
use serde_json::json;

use crate::{
    audit::Object,
    caller::{AccountWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::Fault,
    state::ApiState,
};

const NOUN: Object = Object("configuration_file");

/// A file with faults changes nothing; every fault is told, beginning with its key.
pub(crate) async fn post(caller: Caller<AccountWrite>, State(state): State<ApiState>) -> Result<Answer, ApiError> {
    let Some(reload) = &state.reload else {
        return Err(ApiError::Conflict("this server was not started from a configuration file".into()));
    };
    let faults = |list: Vec<String>| ApiError::Invalid(list.into_iter().map(|text| Fault::new("", text)).collect());
    let done = reload.reload().await.map_err(faults)?;
    let told = json!({
        "changed": done.changed,
        "needs_restart": done.needs_restart,
        "certificate_files_changed": done.certificate_files,
    });
    let (actor, account, noted) = (caller.actor(), caller.account.clone(), told.clone());
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "reload", account, noted)?)).await?;
    Ok(Answer::ok(told))
}
