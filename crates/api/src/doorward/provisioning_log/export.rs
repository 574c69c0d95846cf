//! The provisioning log as a file.

use axum::{extract::State, response::Response};
use futures_util::stream;
use store::{Store, StoreError};

use super::write;
use crate::{
    access::logs::scim_updates::filter,
    caller::{Caller, ScimLogsRead},
    error::ApiError,
    export::{Format, Record, file},
    params::Query,
    state::ApiState,
};

/// Records that are in memory at once.
const STRETCH: usize = 100;
/// Columns of the table. Texts first, then what is JSON; without request bodies.
const COLUMNS: [&str; 17] = [
    "id",
    "logged_at",
    "idp_id",
    "request_method",
    "resource_type",
    "cf_resource_id",
    "idp_resource_id",
    "resource_user_email",
    "resource_group_name",
    "status",
    "response_status",
    "error_description",
    "agent",
    "effects",
    "normalised",
    "before",
    "after",
];

/// Streams what the filters of the list leave.
pub(crate) async fn export(_: Caller<ScimLogsRead>, State(state): State<ApiState>, query: Query) -> Result<Response, ApiError> {
    let (format, filter) = (Format::read(&query)?, filter(&query)?);
    let numbers = state.read(move |reader| Ok(reader.find_scim_updates(&filter)?)).await?;
    let work = Work { store: state.store.clone(), numbers, at: 0 };
    let stretches = stream::unfold(work, |mut work| async { work.next().await.map(|part| (part, work)) });
    Ok(file("provisioning-log", format, &COLUMNS, stretches))
}

/// An export under way.
struct Work {
    store: Store,
    /// Of the records, oldest first.
    numbers: Vec<i64>,
    at: usize,
}

impl Work {
    /// The next stretch; `None` at the end.
    async fn next(&mut self) -> Option<Result<Vec<Record>, StoreError>> {
        let end = self.numbers.len().min(self.at + STRETCH);
        let stretch = self.numbers.get(self.at..end).unwrap_or_default().to_vec();
        if stretch.is_empty() {
            return None;
        }
        self.at = end;
        let written = self.store.read(move |reader| Ok(reader.scim_updates(&stretch)?.iter().map(write).collect::<Vec<Record>>())).await;
        if written.is_err() {
            self.at = self.numbers.len();
        }
        Some(written)
    }
}
