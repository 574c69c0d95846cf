//! Enters a person into the registry before their first sign-in. That gives no right and takes no seat.

use axum::extract::State;
use model::{SeatId, UserId, user::User};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, UsersWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<UsersWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    let (readings, now) = ((state.readings)(), state.now());
    let made = state.write(move |tx, _| {
        if !tx.users_by_email(&draft.email)?.is_empty() {
            return Err(ApiError::Conflict(format!("there is a user with the address {} already", draft.email)).into());
        }
        let now = tx.now();
        let user = User {
            id: UserId::random(),
            key: None,
            email: draft.email,
            upn: None,
            name: draft.name.unwrap_or_default(),
            seat_id: SeatId::random(),
            access_seat: false,
            generation: 0,
            last_successful_login: None,
            created_at: now,
            updated_at: now,
        };
        tx.put_user(&user)?;
        NOUN.created(tx, actor, user.id, wire::write(&user))?;
        Ok(user)
    });
    Ok(Answer::created(wire::show(&made.await?, &readings, now)))
}
