//! Lists custom pages, the oldest first, without their HTML.

use axum::extract::State;
use model::custom_page::CustomPage;

use super::wire;
use crate::{
    access::in_use,
    caller::{Caller, PagesRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<PagesRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?;
    let snapshot = state.store.snapshot();
    let mut pages: Vec<&CustomPage> = snapshot.custom_pages.values().map(AsRef::as_ref).collect();
    pages.sort_by_key(|page| (page.created_at, page.id));
    Ok(Answer::page(paging.cut(pages.into_iter().map(|page| wire::write_head(page, in_use::of_custom_page(&snapshot, &page.id).len())))))
}
