//! One custom page with its HTML.

use axum::extract::State;
use model::CustomPageId;

use super::wire;
use crate::{
    access::in_use,
    caller::{Caller, PagesRead},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(_: Caller<PagesRead>, State(state): State<ApiState>, At(id): At<CustomPageId>) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let page = snapshot.custom_pages.get(&id).ok_or_else(|| ApiError::missing("custom page", id))?;
    Ok(Answer::ok(wire::write(page, in_use::of_custom_page(&snapshot, &id).len())))
}
