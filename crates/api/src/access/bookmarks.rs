//! `/accounts/{account_id}/access/bookmarks`: the older way to bookmarks, which are applications of type `bookmark`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use std::str::FromStr;

use model::{
    AppId,
    app::{App, AppKind},
    id::InvalidId,
};

use crate::{error::ApiError, params::PathId};

/// The id of a bookmark: the application's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BookmarkId(pub AppId);

impl FromStr for BookmarkId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self)
    }
}

impl PathId for BookmarkId {
    const SEGMENT: &'static str = "bookmark_id";
}

/// The application when it is a bookmark; any other is none.
fn bookmark(app: Option<App>, id: AppId) -> Result<App, ApiError> {
    app.filter(|app| matches!(app.kind, AppKind::Bookmark { .. })).ok_or_else(|| ApiError::missing("bookmark", id))
}
