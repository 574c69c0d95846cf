//! Makes a reusable policy.

use axum::extract::State;

use super::{NOUN, wire};
use crate::{
    access::rules,
    body::Json,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<AppsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (mut draft, actor) = (wire::read(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        let faults = Faults::default();
        wire::check(tx, "", &mut draft, &faults)?;
        faults.finish(())?;
        let policy = draft.into_policy(None, tx.now());
        tx.put_policy(&policy)?;
        NOUN.created(tx, actor, policy.id, wire::write(&policy, 0))?;
        Ok(policy)
    });
    let policy = made.await?;
    let remarks = rules::remarks(&state, "", &policy.rules, Some(policy.decision));
    Ok(Answer::created(wire::write(&policy, 0)).with_messages(remarks))
}
