//! Makes a tag.

use axum::extract::State;
use model::tag::Tag;

use super::{NOUN, Name, wire};
use crate::{
    body::Json,
    caller::{Caller, TagsWrite},
    envelope::Answer,
    error::ApiError,
    state::ApiState,
};

pub(crate) async fn create(caller: Caller<TagsWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let (Name(name), actor) = (wire::read(&body)?, caller.actor());
    let made = state.write(move |tx, _| {
        if tx.tag(&name)?.is_some() {
            return Err(ApiError::Conflict(format!("there is a tag {name:?} already")).into());
        }
        let tag = Tag { name, created_at: tx.now(), updated_at: tx.now() };
        tx.put_tag(&tag)?;
        let wired = wire::write(&tag, 0);
        NOUN.created(tx, actor, &tag.name, wired.clone())?;
        Ok(wired)
    });
    Ok(Answer::created(made.await?))
}
