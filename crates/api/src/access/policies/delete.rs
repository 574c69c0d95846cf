//! Removes a reusable policy that no application is linked to.

use axum::extract::State;
use model::PolicyId;

use super::{NOUN, reusable, wire};
use crate::{
    access::in_use,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<AppsWrite>, State(state): State<ApiState>, At(id): At<PolicyId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let policy = reusable(tx, &id)?;
        in_use::refuse(&format!("policy {:?}", policy.name), in_use::of_policy(snapshot, &id))?;
        tx.remove_policy(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&policy, 0))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
