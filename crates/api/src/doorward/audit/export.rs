//! Administrators' changes as a file, oldest first, one JSON object a line: a stretch at a time, however long it is.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderValue, header};
use store::{AuditFilter, Store, StoreError};

use super::{filter, write};
use crate::{
    caller::{Caller, ChangesRead},
    error::ApiError,
    params::Query,
    state::ApiState,
};

/// Streams what the filters of the list leave, as it is when the export begins. A connection that is cut before the end has not brought
/// everything.
pub(crate) async fn export(_: Caller<ChangesRead>, State(state): State<ApiState>, query: Query) -> Result<Response, ApiError> {
    let filter = filter(&query)?;
    let up_to = state.read(|reader| Ok(reader.newest_change()?)).await?;
    let work = Work { store: state.store.clone(), filter, after: 0, up_to };
    let body = Body::from_stream(stream::unfold(work, |mut work| async { work.next().await.map(|part| (part, work)) }));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.ndjson\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// An export under way.
struct Work {
    store: Store,
    filter: AuditFilter,
    after: i64,
    up_to: i64,
}

impl Work {
    /// The next stretch of text; `None` at the end.
    async fn next(&mut self) -> Option<Result<String, StoreError>> {
        let (filter, after, up_to) = (self.filter.clone(), self.after, self.up_to);
        let stretch = match self.store.read(move |reader| reader.audit_after(&filter, after, up_to)).await {
            Ok(stretch) => stretch,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an export of the audit log ended early");
                self.after = self.up_to;
                return Some(Err(error));
            }
        };
        self.after = stretch.last()?.no;
        let snapshot = self.store.snapshot();
        Some(Ok(stretch.iter().map(|change| format!("{}\n", write(change, &snapshot))).collect()))
    }
}
