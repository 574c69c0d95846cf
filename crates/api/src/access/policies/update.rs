//! Replaces a reusable policy.

use axum::extract::State;
use model::PolicyId;

use super::{NOUN, reusable, wire};
use crate::{
    access::{in_use, rules},
    body::{Json, same_object},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(id): At<PolicyId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (mut draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, snapshot| {
        let before = reusable(tx, &id)?;
        let faults = Faults::default();
        wire::check(tx, "", &mut draft, &faults)?;
        faults.finish(())?;
        let after = draft.replace(&before, tx.now());
        tx.put_policy(&after)?;
        let apps = in_use::of_policy(snapshot, &id).len();
        NOUN.updated(tx, actor, id, (wire::write(&before, apps), wire::write(&after, apps)))?;
        Ok((after, apps))
    });
    let (policy, apps) = saved.await?;
    let remarks = rules::remarks(&state, "", &policy.rules, Some(policy.decision));
    Ok(Answer::ok(wire::write(&policy, apps)).with_messages(remarks))
}
