//! A log as a file, oldest first: one JSON object a line or a table, streamed a stretch at a time, however long it is.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, header};
use serde_json::{Map, Value};
use store::StoreError;

use crate::{error::ApiError, params::Query};

/// A record by its members.
pub(crate) type Record = Map<String, Value>;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object a line, with everything.
    Ndjson,
    /// A table (RFC 4180) of the named columns.
    Csv,
}

impl Format {
    /// The one that the query asks for.
    pub(crate) fn read(query: &Query) -> Result<Self, ApiError> {
        query.only("format", &["ndjson", "csv"])?;
        Ok(if query.text("format") == Some("csv") { Self::Csv } else { Self::Ndjson })
    }
    const fn media(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
    const fn ending(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
    fn head(self, columns: &[&str]) -> Option<String> {
        (self == Self::Csv).then(|| line(columns.iter().map(|name| (*name).to_owned())))
    }
    fn record(self, columns: &[&str], mut record: Record) -> String {
        match self {
            Self::Ndjson => format!("{}\n", Value::Object(record)),
            Self::Csv => line(columns.iter().map(|name| match record.remove(*name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
            })),
        }
    }
}

/// The file, to be saved under this name. A connection that is cut before the end has not brought everything.
pub(crate) fn file(
    name: &'static str,
    format: Format,
    columns: &'static [&'static str],
    stretches: impl Stream<Item = Result<Vec<Record>, StoreError>> + Send + 'static,
) -> Response {
    let text = stretches.map(move |stretch| match stretch {
        Ok(records) => Ok(records.into_iter().map(|record| format.record(columns, record)).collect::<String>()),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, log = name, "an export ended early");
            Err(error)
        }
    });
    let mut response = Body::from_stream(stream::iter(format.head(columns).map(Ok)).chain(text)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media()));
    if let Ok(named) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{}\"", format.ending())) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
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

    #[test]
    fn a_table_has_its_columns_only_and_a_line_of_json_has_everything() {
        let record = || serde_json::json!({ "who": "Mara", "allowed": true, "more": [1], "nobody": null }).as_object().cloned().unwrap();
        let columns = ["who", "nobody", "allowed", "absent"];
        assert_eq!(Format::Csv.record(&columns, record()), "\"Mara\",\"\",\"true\",\"\"\r\n");
        assert_eq!(Format::Ndjson.record(&columns, record()), format!("{}\n", Value::Object(record())));
        assert_eq!(Format::Ndjson.head(&columns), None);
    }
}
