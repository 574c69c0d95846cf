//! The provisioning log as a file, oldest first: a stretch at a time, however long it is.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::{HeaderValue, header};
use model::provisioning_log::LoggedUpdate;
use serde_json::Value;
use store::{Store, StoreError};

use super::write;
use crate::{
    access::logs::scim_updates::filter,
    caller::{Caller, ScimLogsRead},
    error::ApiError,
    params::Query,
    state::ApiState,
};

/// Records that are in memory at once.
const STRETCH: usize = 100;
/// Columns of the table. Texts first, then what is JSON.
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

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A table; without request bodies.
    Csv,
}

/// Streams what the filters of the list leave. A connection that is cut before the end has not brought everything.
pub(crate) async fn export(_: Caller<ScimLogsRead>, State(state): State<ApiState>, query: Query) -> Result<Response, ApiError> {
    query.only("format", &["ndjson", "csv"])?;
    let format = if query.text("format") == Some("csv") { Format::Csv } else { Format::Ndjson };
    let filter = filter(&query)?;
    let numbers = state.read(move |reader| Ok(reader.find_scim_updates(&filter)?)).await?;
    let work = Work { store: state.store.clone(), format, numbers, at: 0, head: format == Format::Csv };
    let body = Body::from_stream(stream::unfold(work, |mut work| async { work.next().await.map(|part| (part, work)) }));
    let mut response = body.into_response();
    let (media, name) = match format {
        Format::Ndjson => ("application/x-ndjson", "attachment; filename=\"provisioning-log.ndjson\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"provisioning-log.csv\""),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// An export under way.
struct Work {
    store: Store,
    format: Format,
    /// Of the records, oldest first.
    numbers: Vec<i64>,
    at: usize,
    head: bool,
}

impl Work {
    /// The next stretch of text; `None` at the end.
    async fn next(&mut self) -> Option<Result<String, StoreError>> {
        let mut out = String::new();
        if std::mem::take(&mut self.head) {
            out.push_str(&line(COLUMNS.iter().map(|name| (*name).to_owned())));
        }
        let end = self.numbers.len().min(self.at + STRETCH);
        let stretch = self.numbers.get(self.at..end).unwrap_or_default().to_vec();
        if stretch.is_empty() {
            return (!out.is_empty()).then_some(Ok(out));
        }
        self.at = end;
        let format = self.format;
        let written = self.store.read(move |reader| {
            for logged in reader.scim_updates(&stretch)? {
                out.push_str(&record(format, &logged));
            }
            Ok(out)
        });
        let written = written.await;
        if let Err(error) = &written {
            tracing::error!(error = error as &dyn std::error::Error, "an export of the provisioning log ended early");
            self.at = self.numbers.len();
        }
        Some(written)
    }
}

fn record(format: Format, logged: &LoggedUpdate) -> String {
    let mut record = write(logged);
    match format {
        Format::Ndjson => format!("{}\n", Value::Object(record)),
        Format::Csv => line(COLUMNS.iter().map(|name| match record.remove(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        })),
    }
}

/// A line of a table (RFC 4180).
fn line(cells: impl Iterator<Item = String>) -> String {
    let mut out = cells.map(|text| cell(&text)).collect::<Vec<_>>().join(",");
    out.push_str("\r\n");
    out
}

/// A cell, always quoted. What a spreadsheet would take for a formula gets an apostrophe before it: names come from strangers.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (text, expected) in [
            ("Pilots", "\"Pilots\""),
            ("", "\"\""),
            ("say \"ahoy\", twice\n", "\"say \"\"ahoy\"\", twice\n\""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "\"'+1\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("{\"a\":1}", "\"{\"\"a\"\":1}\""),
        ] {
            assert_eq!(cell(text), expected);
        }
        assert_eq!(line(["a".to_owned(), "b".to_owned()].into_iter()), "\"a\",\"b\"\r\n");
    }
}
