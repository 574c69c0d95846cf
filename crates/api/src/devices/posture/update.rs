//! Replaces a posture rule.

use axum::extract::State;
use model::{PostureRuleId, posture::PostureRule};

use super::{NOUN, wire};
use crate::{
    body::{Json, same_object},
    caller::{Caller, PostureWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<PostureWrite>,
    State(state): State<ApiState>,
    At(id): At<PostureRuleId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = tx.posture_rule(&id)?.ok_or_else(|| ApiError::missing("device posture rule", id))?;
        wire::check(tx, &draft)?;
        let wire::Draft { name, description, platforms, schedule, expiration, check } = draft;
        let updated_at = tx.now();
        let after = PostureRule { name, description, platforms, schedule, expiration, check, updated_at, ..before.clone() };
        tx.put_posture_rule(&after)?;
        NOUN.updated(tx, actor, id, (wire::write(&before), wire::write(&after)))?;
        Ok(after)
    });
    let rule = saved.await?;
    Ok(Answer::ok(wire::write(&rule)).with_messages(wire::remarks(&rule)))
}
