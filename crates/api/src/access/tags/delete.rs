//! Removes a tag that no application has.

use axum::extract::State;
use serde_json::json;

use super::{NOUN, Name, users, wire};
use crate::{
    access::in_use,
    caller::{Caller, TagsWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<TagsWrite>, State(state): State<ApiState>, At(Name(name)): At<Name>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let tag = tx.tag(&name)?.ok_or_else(|| ApiError::missing("tag", &name))?;
        let apps = users(snapshot, &name).map(|app| format!("application {:?}", app.name)).collect();
        in_use::refuse(&format!("tag {name:?}"), apps)?;
        tx.remove_tag(&name)?;
        NOUN.deleted(tx, actor, &name, wire::write(&tag, 0))?;
        Ok(name)
    });
    Ok(Answer::accepted(json!({ "name": removed.await? })))
}
