//! Makes a rule group.

use axum::extract::State;
use model::{AccessGroupId, access_group::AccessGroup};

use super::{NOUN, wire};
use crate::{
    access::rules,
    body::Json,
    caller::{Caller, OrgWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (mut draft, actor) = (wire::read(&body)?, caller.actor());
    let made = state.write(move |tx, snapshot| {
        wire::check(tx, snapshot, &mut draft, None)?;
        let (id, now) = (AccessGroupId::random(), tx.now());
        let wire::Draft { name, rules, is_default } = draft;
        let group = AccessGroup { id, name, rules, is_default, created_at: now, updated_at: now };
        tx.put_access_group(&group)?;
        NOUN.created(tx, actor, id, wire::write(&group))?;
        Ok(group)
    });
    let group = made.await?;
    let remarks = rules::remarks(&state, "", &group.rules, None);
    Ok(Answer::created(wire::write(&group)).with_messages(remarks))
}
