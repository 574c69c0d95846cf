//! An administrator's approval of a request, in the place of everybody who was asked.

use axum::extract::State;
use model::{
    GrantId,
    access_grant::Grant,
    access_request::{AccessRequest, LONGEST_SECS, RequestState},
};
use serde_json::{Value, json};
use store::{Reader, StoreError};

use super::{NOUN, shown, write};
use crate::{
    body::OptionalJson,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    params::At,
    state::ApiState,
};

/// Shortest time for which somebody is let in.
const SHORTEST_SECS: i64 = 60;

/// Grants what is asked for, for the time asked for or `seconds`. As with a grant by date, nobody else has to agree; but it is nobody's own
/// request, as on the approvers' page.
pub(crate) async fn approve(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<GrantId>,
    OptionalJson(body): OptionalJson,
) -> Result<Answer, ApiError> {
    let by = caller.person().cloned();
    let (seconds, actor, snapshot) = (body.map(|body| read(&body)).transpose()?.flatten(), caller.actor(), state.store.snapshot());
    let approved = state.write(move |tx, _| {
        let before = tx.access_request(&id)?.ok_or_else(|| ApiError::missing("access request", id))?;
        let now = tx.now();
        if !before.is_open(now) {
            return Err(
                ApiError::Conflict(format!("the request is {}: only one that waits can be approved", before.state_name(now))).into()
            );
        }
        if by.as_ref().is_some_and(|live| live.session.user_id == before.user || live.identity.email == before.email) {
            return Err(
                ApiError::BeyondCaller("this request is your own: another administrator or an approver has to approve it".into()).into()
            );
        }
        if !demands(tx, &before)? {
            return Err(ApiError::Conflict("the policy of this request demands no approval any more, or is gone".into()).into());
        }
        let until = now.plus_secs(seconds.unwrap_or(before.wanted_secs).clamp(SHORTEST_SECS, LONGEST_SECS));
        let grant = Grant {
            id: GrantId::random(),
            user: before.user,
            app: before.app,
            policy: before.policy,
            from: now,
            until,
            approvers: Vec::new(),
            reason: before.purpose.clone(),
            created_at: now,
        };
        tx.put_grant(&grant)?;
        let after = AccessRequest { state: RequestState::Approved { grant: grant.id, until }, ..before.clone() };
        tx.put_access_request(&after)?;
        let mut told = write(&after, now);
        told["until"] = json!(until.rfc3339());
        NOUN.updated(tx, actor, id, (write(&before, now), told))?;
        Ok(shown(&after, &snapshot, now))
    });
    Ok(Answer::ok(approved.await?))
}

fn read(body: &Value) -> Result<Option<i64>, ApiError> {
    let faults = Faults::default();
    let seconds = Fields::of(body, "", &faults).map(|fields| {
        let seconds = fields.integer("seconds", SHORTEST_SECS..=LONGEST_SECS);
        fields.done();
        seconds
    });
    faults.finish_some(seconds)
}

/// Whether the policy still stands at the application and asks for an approval.
fn demands(reader: &Reader<'_>, request: &AccessRequest) -> Result<bool, StoreError> {
    let is_linked = reader.app(&request.app)?.is_some_and(|app| app.policies.iter().any(|link| link.id == request.policy));
    Ok(is_linked && reader.policy(&request.policy)?.is_some_and(|policy| policy.demands.approval_required))
}
