//! Removes a posture rule that nothing names.

use axum::extract::State;
use model::PostureRuleId;
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
    At(id): At<PostureRuleId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let rule = tx.posture_rule(&id)?.ok_or_else(|| ApiError::missing("device posture rule", id))?;
        in_use::refuse(&format!("device posture rule {:?}", rule.name), in_use::of_posture_rule(snapshot, &id))?;
        tx.remove_posture_rule(&id)?;
        NOUN.deleted(tx, actor, id, wire::write(&rule))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::ok(json!({ "id": id.to_string() })))
}
