//! Removes a person from the registry: their sessions end and their seat is free. It does not keep them from signing in again.

use axum::extract::State;
use model::UserId;
use serde_json::Value;

use super::{NOUN, person, wire};
use crate::{
    caller::{Caller, UsersWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<UsersWrite>, State(state): State<ApiState>, At(id): At<UserId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write_first(move |tx| {
        let user = person(tx, &id)?;
        tx.remove_user(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&user))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::accepted(Value::Null))
}
