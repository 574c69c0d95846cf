//! A line like the combined log format, for people and for tools that read that; what the door adds follows as `name=value`.
//!
//! Where the combined format has referrer and user agent, two dashes stand: referrers hold queries.

use std::time::Duration;

use super::{digits, escape, record::Record, record::micros, stamp::Stamp};
use crate::config::LoggedQuery;

/// Appends a line, its end included.
pub(super) fn line(out: &mut Vec<u8>, record: &Record, took: Duration, stamp: &Stamp, query: LoggedQuery) {
    let outcome = &record.outcome;
    digits::address(out, record.ip);
    out.extend_from_slice(b" - ");
    match outcome.user {
        Some(user) => digits::uuid(out, user.uuid()),
        None => out.push(b'-'),
    }
    out.extend_from_slice(b" [");
    stamp.common(out);
    out.extend_from_slice(b"] \"");
    escape::quoted(out, record.method());
    out.push(b' ');
    escape::quoted(out, record.path());
    if query == LoggedQuery::Names && record.read.path_and_query.contains('?') {
        let mut before = b'?';
        record.names(|name| {
            out.push(before);
            escape::quoted(out, name);
            out.push(b'=');
            before = b'&';
        });
    }
    out.push(b' ');
    out.extend_from_slice(record.version().as_bytes());
    out.extend_from_slice(b"\" ");
    digits::number(out, u64::from(record.status));
    out.push(b' ');
    digits::number(out, record.bytes);
    out.extend_from_slice(b" \"-\" \"-\" id=");
    record.id.write(out);
    // Hosts are made of letters that need no quotes; one that could not be read is empty.
    word(out, "host", &record.read.host);
    word(out, "surface", record.surface.as_str());
    word(out, "verdict", outcome.verdict);
    word(out, "reason", outcome.reason);
    id(out, "app", outcome.app.map(model::AppId::uuid));
    id(out, "policy", outcome.policy.map(model::PolicyId::uuid));
    word(out, "reference", outcome.reference.as_deref().unwrap_or_default());
    number(out, "us", micros(took));
    if let Some(added) = record.added() {
        number(out, "added_us", micros(added));
    }
    if !record.complete {
        word(out, "complete", "no");
    }
    out.push(b'\n');
}

fn name(out: &mut Vec<u8>, key: &'static str) {
    out.push(b' ');
    out.extend_from_slice(key.as_bytes());
    out.push(b'=');
}

fn word(out: &mut Vec<u8>, key: &'static str, value: &str) {
    if !value.is_empty() {
        name(out, key);
        escape::quoted(out, value);
    }
}

fn number(out: &mut Vec<u8>, key: &'static str, value: u64) {
    name(out, key);
    digits::number(out, value);
}

fn id(out: &mut Vec<u8>, key: &'static str, value: Option<uuid::Uuid>) {
    if let Some(value) = value {
        name(out, key);
        digits::uuid(out, value);
    }
}
