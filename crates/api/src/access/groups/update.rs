//! Replaces a rule group.

use axum::extract::State;
use model::{AccessGroupId, access_group::AccessGroup};

use super::{NOUN, wire};
use crate::{
    access::rules,
    body::{Json, same_object},
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<OrgWrite>,
    State(state): State<ApiState>,
    At(id): At<AccessGroupId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (mut draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, snapshot| {
        let before = tx.access_group(&id)?.ok_or_else(|| ApiError::missing("group", id))?;
        wire::check(tx, snapshot, &mut draft, Some(id))?;
        let wire::Draft { name, rules, is_default } = draft;
        let after = AccessGroup { name, rules, is_default, updated_at: tx.now(), ..before.clone() };
        tx.put_access_group(&after)?;
        NOUN.updated(tx, actor, id, (wire::write(&before), wire::write(&after)))?;
        Ok(after)
    });
    let group = saved.await?;
    let remarks = rules::remarks(&state, "", &group.rules, None);
    Ok(Answer::ok(wire::write(&group)).with_messages(remarks))
}
