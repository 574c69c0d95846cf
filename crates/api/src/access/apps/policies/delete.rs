//! Removes a policy that belongs to one application.

use axum::extract::State;
use model::{AppId, PolicyId};

use super::own;
use crate::{
    access::policies::{NOUN, wire},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(app): At<AppId>,
    At(id): At<PolicyId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, _| {
        let (mut app, policy) = own(tx, &app, &id)?;
        app.policies.retain(|link| link.id != id);
        app.updated_at = tx.now();
        tx.put_app(&app)?;
        tx.remove_policy(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&policy, 0))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
