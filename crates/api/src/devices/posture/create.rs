//! Makes a posture rule.

use axum::extract::State;
use model::{PostureRuleId, posture::PostureRule};

use super::{NOUN, wire};
use crate::{
    body::Json,
    caller::{Caller, PostureWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<PostureWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        wire::check(tx, &draft)?;
        let (id, now) = (PostureRuleId::random(), tx.now());
        let wire::Draft { name, description, platforms, schedule, expiration, check } = draft;
        let rule = PostureRule { id, name, description, platforms, schedule, expiration, check, created_at: now, updated_at: now };
        tx.put_posture_rule(&rule)?;
        NOUN.created(tx, actor, id, wire::write(&rule))?;
        Ok(rule)
    });
    let rule = made.await?;
    Ok(Answer::ok(wire::write(&rule)).with_messages(wire::remarks(&rule)))
}
