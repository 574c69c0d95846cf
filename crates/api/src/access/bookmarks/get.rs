//! One bookmark.

use axum::extract::State;

use super::{BookmarkId, wire};
use crate::{
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

pub(crate) async fn get(
    _: Caller<AppsRead>,
    State(state): State<ApiState>,
    At(BookmarkId(id)): At<BookmarkId>,
) -> Result<Answer, ApiError> {
    let snapshot = state.store.snapshot();
    let wired = snapshot.apps.get(&id).and_then(|app| wire::write(app));
    wired.map(Answer::ok).ok_or_else(|| ApiError::missing("bookmark", id))
}
