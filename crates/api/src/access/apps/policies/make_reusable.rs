//! Lifts an application's own policy into the shared set; the application stays linked to it.

use axum::extract::State;
use model::{AppId, PolicyId, access_policy::AccessPolicy};

use super::own;
use crate::{
    access::{
        in_use,
        policies::{NOUN, wire},
    },
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn make_reusable(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    At(id): At<PolicyId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let saved = state.write(move |tx, snapshot| {
        let (_, before) = own(tx, &app, &id)?;
        let after = AccessPolicy { owner: None, updated_at: tx.now(), ..before.clone() };
        tx.put_policy(&after)?;
        let wired = wire::write(&after, in_use::of_policy(snapshot, &id).len());
        NOUN.updated(tx, actor, id, (wire::write(&before, 0), wired.clone()))?;
        Ok(wired)
    });
    Ok(Answer::ok(saved.await?))
}
