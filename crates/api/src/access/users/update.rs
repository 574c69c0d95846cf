//! Changes a person's name. The address is asked for as a confirmation and cannot change.

use axum::extract::State;
use model::{UserId, user::User};

use super::{NOUN, person, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, UsersWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<UsersWrite>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = person(tx, &id)?;
        if before.email != draft.email {
            let text =
                format!("{} is not this user's address ({}): it confirms who is meant and cannot be changed", draft.email, before.email);
            return Err(ApiError::fault("/email", text).into());
        }
        let after = User { name: draft.name.unwrap_or_default(), updated_at: tx.now(), ..before.clone() };
        tx.put_user(&after)?;
        NOUN.updated(tx, actor, id, (wire::write(&before), wire::write(&after)))?;
        Ok(after)
    });
    Ok(Answer::ok(wire::show(&saved.await?, &(state.readings)(), state.now())))
}
