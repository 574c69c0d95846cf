//! Removes an integration that no posture rule names.

use axum::extract::State;
use model::PostureIntegrationId;
use serde_json::json;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{Caller, PostureWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<PostureWrite>,
    State(state): State<ApiState>,
    At(id): At<PostureIntegrationId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let found = tx.posture_integration(&id)?.ok_or_else(|| ApiError::missing("device posture integration", id))?;
        in_use::refuse(&format!("device posture integration {:?}", found.name), in_use::of_posture_integration(snapshot, &id))?;
        tx.remove_posture_integration(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&found))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::ok(json!({ "id": id.to_string() })))
}
