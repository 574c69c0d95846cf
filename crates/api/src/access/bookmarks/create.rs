//! Makes a bookmark under the id that the address names.

use axum::extract::State;
use model::app::App;

use super::{BookmarkId, wire};
use crate::{
    access::apps::{self, wire as app_wire},
    body::{Json, same_object},
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn create(
    caller: Caller<AppsWrite>,
    State(state): State<ApiState>,
    At(BookmarkId(id)): At<BookmarkId>,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (draft, actor) = (wire::read(&body)?, caller.actor());
    same_object(&body, &id)?;
    let made = state.write(move |tx, _| {
        if let Some(app) = tx.app(&id)? {
            return Err(ApiError::Conflict(format!("there is an application {:?} with the id {id} already", app.name)).into());
        }
        let now = tx.now();
        let app = draft.onto(App { id, created_at: now, updated_at: now, ..app_wire::blank() });
        tx.put_app(&app)?;
        apps::NOUN.created(tx, actor, id, app_wire::write_linked(&app))?;
        Ok(wire::write(&app))
    });
    Ok(Answer::ok(made.await?.ok_or(ApiError::Internal)?))
}
