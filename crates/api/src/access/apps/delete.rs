//! Removes an application with its own policies and its upstream.

use axum::extract::State;
use model::AppId;

use super::{NOUN, wire};
use crate::{
    access::in_use,
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<AppsWrite>, State(state): State<ApiState>, At(id): At<AppId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let app = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        in_use::refuse(&format!("application {:?}", app.name), in_use::of_app(snapshot, &id))?;
        tx.remove_app(&id)?;
        NOUN.deleted(tx, actor, id, wire::write_linked(&app))?;
        Ok(())
    });
    removed.await?;
    Ok(Answer::deleted(id))
}
