//! Removes an application's key pair: what it signed is trusted by nobody who takes its public half off the hosts.

use axum::extract::State;
use model::AppId;

use super::{NOUN, write};
use crate::{
    caller::{AppsWrite, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn delete(caller: Caller<AppsWrite>, State(state): State<ApiState>, At(id): At<AppId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, _| {
        let app = tx.app(&id)?.ok_or_else(|| ApiError::missing("application", id))?;
        let ca = tx.app_ca(&id)?.ok_or_else(|| ApiError::missing("CA of the application", id))?;
        tx.remove_app_ca(&id)?;
        NOUN.deleted(tx, actor, id, write(&app, &ca))?;
        Ok(ca.id)
    });
    Ok(Answer::deleted(removed.await?))
}
