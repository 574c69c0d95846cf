//! One tag.

use axum::extract::State;

use super::{Name, users, wire};
use crate::{
    caller::{Caller, TagsRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<TagsRead>, State(state): State<ApiState>, At(Name(name)): At<Name>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let tag = snapshot.tags.get(&name).ok_or_else(|| ApiError::missing("tag", &name))?;
    Ok(Answer::ok(wire::write(tag, users(&snapshot, &name).count())))
}
