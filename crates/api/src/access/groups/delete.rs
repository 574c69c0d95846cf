//! Removes a rule group that nothing names.

use axum::extract::State;
use model::AccessGroupId;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<AccessGroupId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let group = tx.access_group(&id)?.ok_or_else(|| ApiError::missing("group", id))?;
        in_use::refuse(&format!("group {:?}", group.name), in_use::of_group(snapshot, &id))?;
        tx.remove_access_group(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&group))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
