//! A line as one JSON object. What is not known is left out.

use std::time::Duration;

use super::{digits, escape, record::Record, record::micros, stamp::Stamp};
use crate::config::LoggedQuery;

/// Appends a line, its end included.
pub(super) fn line(out: &mut Vec<u8>, record: &Record, took: Duration, stamp: &Stamp, query: LoggedQuery) {
    out.extend_from_slice(b"{\"timestamp\":\"");
    stamp.iso(out);
    out.extend_from_slice(b"\",\"level\":\"INFO\",\"target\":\"access\",\"request.id\":\"");
    record.id.write(out);
    if let Some(sampled) = &record.sampled {
        out.extend_from_slice(b"\",\"trace.id\":\"");
        digits::hex32(out, sampled.trace);
    }
    out.extend_from_slice(b"\",\"client.address\":\"");
    digits::address(out, record.ip);
    out.push(b'"');
    text(out, "http.host", &record.read.host);
    text(out, "http.method", record.method());
    text(out, "http.path", record.path());
    if query == LoggedQuery::Names && record.read.path_and_query.contains('?') {
        out.extend_from_slice(b",\"http.query\":\"");
        let mut first = true;
        record.names(|name| {
            if !std::mem::take(&mut first) {
                out.push(b'&');
            }
            escape::json(out, name);
            out.push(b'=');
        });
        out.push(b'"');
    }
    text(out, "http.version", record.version());
    number(out, "http.status", u64::from(record.status));
    number(out, "http.bytes", record.bytes);
    if !record.complete {
        out.extend_from_slice(b",\"complete\":false");
    }
    text(out, "surface", record.surface.as_str());
    let outcome = &record.outcome;
    text(out, "verdict", outcome.verdict);
    text(out, "reason", outcome.reason);
    id(out, "app.id", outcome.app.map(model::AppId::uuid));
    id(out, "policy.id", outcome.policy.map(model::PolicyId::uuid));
    id(out, "user.id", outcome.user.map(model::UserId::uuid));
    text(out, "decision.reference", outcome.reference.as_deref().unwrap_or_default());
    number(out, "duration_us", micros(took));
    if let Some(added) = record.added() {
        number(out, "added_us", micros(added));
    }
    out.extend_from_slice(b"}\n");
}

/// `,"name":`; names are the program's own and need no escape.
fn name(out: &mut Vec<u8>, name: &'static str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn text(out: &mut Vec<u8>, key: &'static str, value: &str) {
    if value.is_empty() {
        return;
    }
    name(out, key);
    out.push(b'"');
    escape::json(out, value);
    out.push(b'"');
}

fn number(out: &mut Vec<u8>, key: &'static str, value: u64) {
    name(out, key);
    digits::number(out, value);
}

fn id(out: &mut Vec<u8>, key: &'static str, value: Option<uuid::Uuid>) {
    let Some(value) = value else { return };
    name(out, key);
    out.push(b'"');
    digits::uuid(out, value);
    out.push(b'"');
}
