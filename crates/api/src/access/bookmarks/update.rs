//! Replaces a bookmark's name, link, logo and place in the launcher. Its tags and policies, of which this object knows nothing, stay.

use axum::extract::State;
use model::app::App;

use super::{BookmarkId, bookmark, wire};
use crate::{
    access::apps::{self, wire as app_wire},
    body::{Json, same_object},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn update(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(BookmarkId(id)): At<BookmarkId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let saved = state.write(move |tx, _| {
        let before = bookmark(tx.app(&id)?, id)?;
        let after = draft.onto(App { updated_at: tx.now(), ..before.clone() });
        tx.put_app(&after)?;
        apps::NOUN.updated(tx, actor, id, (app_wire::write_linked(&before), app_wire::write_linked(&after)))?;
        Ok(wire::write(&after))
    });
    Ok(Answer::ok(saved.await?.ok_or(ApiError::Internal)?))
}
