//! One person.

use axum::extract::State;
use model::UserId;

use super::{person, wire};
use crate::{
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<UsersRead>, State(state): State<ApiState>, At(id): At<UserId>) -> Result<Answer, ApiError> {
    let user = state.read(move |reader| person(reader, &id)).await?;
    Ok(Answer::ok(wire::show(&user, &(state.readings)(), state.now())))
}
