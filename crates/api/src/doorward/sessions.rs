//! `users/{user_id}/sessions`: a person's living sessions and how their checks at the provider stand.

use axum::extract::State;
use model::{Nonce, Timestamp, UserId, liveness::SessionCheck, session::Session};
use serde_json::{Value, json};

use crate::{
    access::users::person,
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// The living sessions, the oldest first.
pub(crate) async fn list(
    _: Caller<UsersRead>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let (paging, now) = (Paging::read(&query, 1000)?, state.now());
    let read = state.read(move |reader| {
        person(reader, &id)?;
        Ok((reader.sessions_of(&id, now)?, reader.checks_of(&id)?))
    });
    let (sessions, checks) = read.await?;
    Ok(Answer::page(paging.cut(sessions.iter().map(|(session, _)| write(session, &checks)))))
}

/// `liveness` is null for a session that is not checked: its provider gave no refresh token, or checks were off when it began.
fn write(session: &Session, checks: &[(Nonce, SessionCheck)]) -> Value {
    let check = checks.iter().find(|(nonce, _)| *nonce == session.nonce).map(|(_, check)| check);
    json!({
        "nonce": session.nonce.as_str(),
        "idp_uid": session.idp.to_string(),
        "created_at": session.created_at.rfc3339(),
        "expires_at": session.expires_at.rfc3339(),
        "liveness": check.map(write_check),
    })
}

fn write_check(check: &SessionCheck) -> Value {
    let text = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    json!({
        "outcome": check.outcome.map(|outcome| outcome.as_str()),
        "checked_at": text(check.checked_at),
        "good_at": text(check.good_at),
        "failing_since": text(check.failing_since),
        "next_check_at": check.next_check_at.rfc3339(),
    })
}
