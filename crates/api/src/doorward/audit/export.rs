//! Administrators' changes as a file.

use axum::{extract::State, response::Response};
use futures_util::stream;
use store::{AuditFilter, Store, StoreError};

use super::{filter, write};
use crate::{
    caller::{Caller, ChangesRead},
    error::ApiError,
    export::{Format, Record, file},
    params::Query,
    state::ApiState,
};

const COLUMNS: [&str; 8] = ["id", "at", "actor", "actor_name", "action", "object", "before", "after"];

/// Streams what the filters of the list leave, as it is when the export begins.
pub(crate) async fn export(_: Caller<ChangesRead>, State(state): State<ApiState>, query: Query) -> Result<Response, ApiError> {
    let (format, filter) = (Format::read(&query)?, filter(&query)?);
    let up_to = state.read(|reader| Ok(reader.newest_change()?)).await?;
    let work = Work { store: state.store.clone(), filter, after: 0, up_to };
    let stretches = stream::unfold(work, |mut work| async { work.next().await.map(|part| (part, work)) });
    Ok(file("audit", format, &COLUMNS, stretches))
}

/// An export under way.
struct Work {
    store: Store,
    filter: AuditFilter,
    after: i64,
    up_to: i64,
}

impl Work {
    /// The next stretch; `None` at the end.
    async fn next(&mut self) -> Option<Result<Vec<Record>, StoreError>> {
        let (filter, after, up_to) = (self.filter.clone(), self.after, self.up_to);
        let stretch = match self.store.read(move |reader| reader.audit_after(&filter, after, up_to)).await {
            Ok(stretch) => stretch,
            Err(error) => {
                self.after = self.up_to;
                return Some(Err(error));
            }
        };
        self.after = stretch.last()?.no;
        let snapshot = self.store.snapshot();
        Some(Ok(stretch.iter().map(|change| write(change, &snapshot)).collect()))
    }
}
