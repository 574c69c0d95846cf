//! `{user_id}/active_sessions`: a person's live sessions; ending one is doorward's own addition.

use axum::extract::State;
use model::{
    Nonce, Timestamp, UserId,
    session::{RevokeReason, Session, SessionState},
};
use serde_json::{Map, Value, json};
use store::{SessionApp, Snapshot};

use super::{NOUN, identity, person};
use crate::{
    caller::{Caller, RevokeSession, UsersRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// The live sessions, the oldest first.
pub(crate) async fn list(
    _: Caller<UsersRead>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let (paging, now) = (Paging::read(&query, 1000)?, state.now());
    let sessions = state.read(move |reader| {
        person(reader, &id)?;
        Ok((reader.sessions_of(&id, now)?, reader.apps_of_sessions(&id)?))
    });
    let ((sessions, used), snapshot) = (sessions.await?, state.store.snapshot());
    Ok(Answer::page(paging.cut(sessions.iter().map(|(session, _)| write(session, apps_of(session, &used, &snapshot))))))
}

/// One session with its identity. `isActive` is false for a session that has ended and is still kept.
pub(crate) async fn get(
    caller: Caller<UsersRead>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    At(nonce): At<Nonce>,
) -> Result<Answer, ApiError> {
    let (now, account) = (state.now(), caller.account);
    let (active, identity) = state
        .read(move |reader| {
            let user = person(reader, &id)?;
            let found = reader.session(&nonce)?.filter(|(session, _)| session.user_id == id);
            let (session, identity) = found.ok_or_else(|| ApiError::missing("session of this user", &nonce))?;
            let generations = (user.generation, reader.account()?.generation);
            Ok((is_active(&session, generations, now), identity))
        })
        .await?;
    let mut wired = identity::write(&account, &identity);
    wired.insert("isActive".into(), json!(active));
    Ok(Answer::ok(Value::Object(wired)))
}

/// Ends one session.
pub(crate) async fn delete(
    caller: Caller<RevokeSession>,
    State(state): State<ApiState>,
    At(id): At<UserId>,
    At(nonce): At<Nonce>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let ended = state.write_first(move |tx| {
        let theirs = tx.session(&nonce)?.is_some_and(|(session, _)| session.user_id == id);
        if !theirs || !tx.revoke_session(&nonce, RevokeReason::Administrator)? {
            return Err(ApiError::missing("live session of this user", &nonce).into());
        }
        NOUN.acted(tx, actor, "end_session", id, json!({}))?;
        Ok(nonce)
    });
    let nonce = ended.await?;
    Ok(Answer::ok(json!({ "nonce": nonce.as_str() })))
}

fn is_active(session: &Session, (user, account): (u32, u32), now: Timestamp) -> bool {
    session.state == SessionState::Live
        && session.expires_at > now
        && session.user_generation >= user
        && session.account_generation >= account
}

/// The applications that a session was let into and that are still there, by id.
pub(crate) fn apps_of(session: &Session, used: &[SessionApp], snapshot: &Snapshot) -> Map<String, Value> {
    let theirs = used.iter().filter(|used| used.nonce == session.nonce).filter_map(|used| snapshot.apps.get(&used.app));
    theirs
        .map(|app| {
            let uid = app.id.to_string();
            let shown = json!({ "hostname": app.domain().map(|a| a.host()), "name": app.name, "type": app.kind.as_str(), "uid": uid });
            (uid, shown)
        })
        .collect()
}

fn write(session: &Session, apps: Map<String, Value>) -> Value {
    let (begin, end) = (session.created_at.secs(), session.expires_at.secs());
    json!({
        "name": session.nonce.as_str(),
        "expiration": end,
        "metadata": { "apps": apps, "expires": end, "iat": begin, "nonce": session.nonce.as_str(), "ttl": end - begin },
    })
}
