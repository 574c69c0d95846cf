//! `organizations/doh`: settings of DNS over HTTPS for people's devices. doorward resolves no names yet, so that they stay at their defaults.

use axum::extract::State;
use serde_json::{Value, json};

use super::NOUN;
use crate::{
    body::Json,
    caller::{Caller, OrgLook, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    state::ApiState,
};

/// Life of a token for DNS over HTTPS, unless somebody says otherwise.
const DURATION: &str = "24h";

/// The defaults.
pub(crate) async fn get(_: Caller<OrgLook>) -> Result<Answer, ApiError> {
    Ok(Answer::ok(write()))
}

/// Takes the defaults and nothing else.
pub(crate) async fn put(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let faults = Faults::default();
    let read = Fields::of(&body, "", &faults).map(|fields| {
        if fields.text("doh_jwt_duration").is_some_and(|duration| !["", DURATION].contains(&duration)) {
            fields.fault("doh_jwt_duration", format!("other than {DURATION} is not supported yet: leave it out"));
        }
        fields.not_yet(&["service_token_id"]);
        fields.read_only(&["id", "client_id", "duration", "enabled", "expires_at", "name"]);
        fields.done();
    });
    faults.finish_some(read)?;
    let (actor, account) = (caller.actor(), caller.account.clone());
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "doh", account, write())?)).await?;
    Ok(Answer::created(write()))
}

fn write() -> Value {
    json!({ "doh_jwt_duration": DURATION })
}
