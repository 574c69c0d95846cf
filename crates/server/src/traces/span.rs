//! A request's three spans: the request itself, the door's part before the origin is asked, and the origin's answer. As OTLP has them in
//! JSON (opentelemetry-proto, `trace.proto`; ids in hexadecimal, times as texts of nanoseconds).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{context::Context, is_fault};
use crate::access_log::Record;

const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
const CLIENT: u8 = 3;

/// A request that has spans.
#[derive(Debug)]
pub(crate) struct Sampled {
    pub trace: [u8; 16],
    request: [u8; 8],
    upstream: [u8; 8],
    parent: Option<[u8; 8]>,
    /// What a client said: linked, not continued.
    link: Option<Context>,
}

impl Sampled {
    pub(super) fn new(parent: Option<Context>, link: Option<Context>) -> Self {
        let trace = parent.map_or_else(rand::random, |parent| parent.trace);
        Self { trace, request: rand::random(), upstream: rand::random(), parent: parent.map(|parent| parent.span), link }
    }
    pub(super) fn towards_origin(&self) -> Context {
        Context::new(self.trace, self.upstream)
    }
}

/// A request that is over.
pub(crate) struct Span<'a> {
    pub sampled: &'a Sampled,
    pub record: &'a Record,
    pub now: Instant,
}

impl Span<'_> {
    /// The spans as OTLP documents.
    pub(super) fn document(&self) -> Vec<Value> {
        let Self { sampled, record, now } = self;
        let (wall, began) = (SystemTime::now(), record.began);
        let at = |instant: Instant| nanos(wall.checked_sub(now.saturating_duration_since(instant)).unwrap_or(UNIX_EPOCH));
        let trace = hex::encode(sampled.trace);
        let mut request = json!({
            "traceId": trace,
            "spanId": hex::encode(sampled.request),
            "name": record.method(),
            "kind": SERVER,
            "startTimeUnixNano": at(began),
            "endTimeUnixNano": at(*now),
            "attributes": attributes(record),
            "status": { "code": if is_fault(record.status, &record.outcome) { 2 } else { 0 } },
        });
        if let Some(parent) = sampled.parent {
            request["parentSpanId"] = hex::encode(parent).into();
        }
        if let Some(link) = sampled.link {
            request["links"] = json!([{ "traceId": hex::encode(link.trace), "spanId": hex::encode(link.span) }]);
        }
        let below = |span: [u8; 8], name: &str, kind: u8, from: Instant, to: Instant| {
            json!({
                "traceId": trace,
                "spanId": hex::encode(span),
                "parentSpanId": hex::encode(sampled.request),
                "name": name,
                "kind": kind,
                "startTimeUnixNano": at(from),
                "endTimeUnixNano": at(to),
            })
        };
        let asked = record.outcome.origin.map(|origin| (origin.sent, origin.sent + origin.took));
        let decided = asked.map_or(began + record.head, |(sent, _)| sent);
        let mut spans = vec![request, below(rand::random(), "admit", INTERNAL, began, decided)];
        spans.extend(asked.map(|(sent, answered)| below(sampled.upstream, "upstream", CLIENT, sent, answered)));
        spans
    }
}

fn attributes(record: &Record) -> Vec<Value> {
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let number = |key: &str, value: u64| json!({ "key": key, "value": { "intValue": value.to_string() } });
    let mut all = vec![
        text("http.request.method", record.method()),
        text("url.path", record.path()),
        text("server.address", &record.read.host),
        text("client.address", &record.ip.to_string()),
        number("http.response.status_code", u64::from(record.status)),
        number("http.response.body.size", record.bytes),
        text("doorward.request.id", &record.id.to_string()),
        text("doorward.surface", record.surface.as_str()),
        text("doorward.verdict", record.outcome.verdict),
        text("doorward.reason", record.outcome.reason),
    ];
    all.extend(record.outcome.app.map(|app| text("doorward.app.id", &app.to_string())));
    all
}

fn nanos(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos().to_string()
}
