//! Ends every session of a person, ahead of everything that waits. An address means everybody who has it.

use axum::extract::State;
use model::{Email, UserId, session::RevokeReason};
use serde_json::{Value, json};
use store::Reader;

use crate::{
    access::users,
    body::Json,
    caller::{Caller, RevokePeople},
    envelope::{Answer, Message},
    error::ApiError,
    fault::{Faults, Fields},
    params::Query,
    state::{ApiState, Stop},
};

/// Code of the remark on what was found.
const FOUND: u32 = 12191;

pub(crate) async fn revoke_user(
    caller: Caller<RevokePeople>,
    State(state): State<ApiState>,
    query: Query,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    query.parsed::<bool>("devices")?;
    let (whom, actor) = (read(&body)?, caller.actor());
    let revoked = state.write_first(move |tx| {
        let people = find(tx, &whom)?;
        for id in &people {
            let generation = tx.revoke_user(id, RevokeReason::Administrator)?;
            users::NOUN.acted(tx, actor.clone(), "revoke", id, json!({ "generation": generation }))?;
        }
        Ok(people.len())
    });
    let text = match revoked.await? {
        0 => "nobody in the registry has this address: there was nothing to revoke".to_owned(),
        1 => "1 user revoked".to_owned(),
        n => format!("{n} users revoked"),
    };
    Ok(Answer::ok(Value::Bool(true)).with_messages(vec![Message { code: FOUND, text, pointer: None }]))
}

struct Whom {
    email: Email,
    user: Option<UserId>,
}

/// `devices` and `warp_session_reauth` are about enrolled devices, of which there are none: whatever they say is done.
fn read(body: &Value) -> Result<Whom, ApiError> {
    let faults = Faults::default();
    let whom = Fields::of(body, "", &faults).and_then(|fields| {
        let (email, user) = (fields.required("email"), fields.parsed("user_uid"));
        fields.flag("devices");
        fields.flag("warp_session_reauth");
        fields.done();
        Some(Whom { email: email?, user })
    });
    faults.finish_some(whom)
}

fn find(reader: &Reader<'_>, whom: &Whom) -> Result<Vec<UserId>, Stop> {
    let Some(id) = whom.user else {
        return Ok(reader.users_by_email(&whom.email)?.into_iter().map(|user| user.id).collect());
    };
    let user = users::person(reader, &id)?;
    if user.email == whom.email {
        return Ok(vec![id]);
    }
    Err(ApiError::fault("/user_uid", format!("the user {id} does not have the address {}", whom.email)).into())
}
