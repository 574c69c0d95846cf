//! `access_requests`: people's wishes to be let in for a while. Approvers decide on pages of the team domain; an administrator may approve
//! in their place, or refuse.

pub(crate) mod approve;

use axum::extract::State;
use model::{
    GrantId, Timestamp,
    access_request::{AccessRequest, RequestState, Vote, WAITS_SECS},
};
use serde_json::{Value, json};
use store::Snapshot;

use super::grants;
use crate::{
    audit::Object,
    body::Json,
    caller::{AppsRead, AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

const NOUN: Object = Object("access_request");

/// The youngest first; with `state=waiting` those that nobody decided yet.
pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let (now, snapshot) = (state.now(), state.store.snapshot());
    query.only("state", &["waiting"])?;
    if query.text("state").is_some() {
        // Nothing waits longer than that, so these are few.
        let since = now.plus_secs(-WAITS_SECS);
        let recent = state.read(move |reader| Ok(reader.access_requests_since(since)?)).await?;
        let waiting = recent.iter().filter(|request| request.is_open(now)).map(|request| shown(request, &snapshot, now));
        return Ok(Answer::page(paging.cut(waiting)));
    }
    let listed = state.read(move |reader| Ok(reader.list_access_requests(paging.page())?)).await?;
    Ok(Answer::page(paging.taken(listed, |request| shown(&request, &snapshot, now))))
}

/// One request.
pub(crate) async fn get(_: Caller<AppsRead>, State(state): State<ApiState>, At(id): At<GrantId>) -> Result<Answer, ApiError> {
    let now = state.now();
    let found = state.read(move |reader| Ok(reader.access_request(&id)?)).await?;
    let found = found.ok_or_else(|| ApiError::missing("access request", id))?;
    Ok(Answer::ok(shown(&found, &state.store.snapshot(), now)))
}

/// Refuses a request that waits, or takes back what was approved.
pub(crate) async fn refuse(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<GrantId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (note, actor, snapshot) = (read(&body)?, caller.actor(), state.store.snapshot());
    let refused = state.write(move |tx, _| {
        let before = tx.access_request(&id)?.ok_or_else(|| ApiError::missing("access request", id))?;
        let now = tx.now();
        if let RequestState::Approved { grant, .. } = before.state
            && let Some(held) = tx.grant(&grant)?
        {
            tx.remove_grant(&grant)?;
            grants::NOUN.deleted(tx, actor.clone(), grant, grants::write(&held, now))?;
        }
        let after = AccessRequest { state: RequestState::Refused { at: now, note }, ..before.clone() };
        tx.put_access_request(&after)?;
        NOUN.updated(tx, actor, id, (write(&before, now), write(&after, now)))?;
        Ok(shown(&after, &snapshot, now))
    });
    Ok(Answer::ok(refused.await?))
}

fn read(body: &Value) -> Result<Option<String>, ApiError> {
    let faults = Faults::default();
    let note = Fields::of(body, "", &faults).map(|fields| {
        let note = fields.text_up_to("note", 1000).filter(|text| !text.trim().is_empty()).map(str::to_owned);
        fields.done();
        note
    });
    faults.finish_some(note)
}

/// With the names of what it is about.
fn shown(request: &AccessRequest, snapshot: &Snapshot, now: Timestamp) -> Value {
    let mut out = write(request, now);
    out["app_name"] = json!(snapshot.apps.get(&request.app).map(|app| &app.name));
    out["policy_name"] = json!(snapshot.policies.get(&request.policy).map(|policy| &policy.name));
    out
}

fn write(request: &AccessRequest, now: Timestamp) -> Value {
    let vote = |vote: &Vote| {
        json!({
            "email": vote.email, "user_id": vote.user, "approves": vote.approves_secs.is_some(), "seconds": vote.approves_secs,
            "note": vote.note, "at": vote.at.rfc3339(),
        })
    };
    let (grant, note) = match &request.state {
        RequestState::Approved { grant, .. } => (Some(*grant), None),
        RequestState::Refused { note, .. } => (None, note.clone()),
        RequestState::Waiting => (None, None),
    };
    json!({
        "id": request.id, "user_id": request.user, "email": request.email, "name": request.name, "app_id": request.app,
        "policy_id": request.policy, "purpose": request.purpose, "wanted_seconds": request.wanted_secs, "state": request.state_name(now),
        "votes": request.votes.iter().map(vote).collect::<Vec<_>>(), "grant_id": grant, "note": note,
        "created_at": request.created_at.rfc3339(),
    })
}
