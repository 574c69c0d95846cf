//! What the last sign-in of a person told.

use axum::extract::State;
use model::UserId;
use serde_json::Value;

use super::{identity, person};
use crate::{
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(caller: Caller<UsersRead>, State(state): State<ApiState>, At(id): At<UserId>) -> Result<Answer, ApiError> {
    let found = state.read(move |reader| {
        person(reader, &id)?;
        reader.last_identity(&id)?.ok_or_else(|| ApiError::missing("identity of the user (who has not signed in)", id).into())
    });
    Ok(Answer::ok(Value::Object(identity::write(&caller.account, &found.await?))))
}
