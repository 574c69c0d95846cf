//! Removes a bookmark.

use axum::extract::State;
use serde_json::json;

use super::{BookmarkId, bookmark};
use crate::{
    access::{
        apps::{self, wire as app_wire},
        in_use,
    },
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(BookmarkId(id)): At<BookmarkId>,
) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let app = bookmark(tx.app(&id)?, id)?;
        in_use::refuse(&format!("bookmark {:?}", app.name), in_use::of_app(snapshot, &id))?;
        tx.remove_app(&id)?;
        apps::NOUN.deleted(tx, actor, id, app_wire::write_linked(&app))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::ok(json!({ "id": id.to_string() })))
}
