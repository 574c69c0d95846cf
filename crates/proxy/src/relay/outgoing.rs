//! A relayed request as its origin gets it.

use guard::{Permit, Subject};
use http::{HeaderName, HeaderValue};

use super::head::Head;
use crate::{
    headers::{self, CERTIFICATE_HASH_HEADER, CERTIFICATE_HEADER, FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO},
    trace::Trace,
};
use guard::credential::{ASSERTION_HEADER, EMAIL_HEADER};

/// What stands in a request beside what the client sent.
pub(super) struct Beside<'a> {
    pub address: Option<HeaderValue>,
    pub forward_token: bool,
    /// `Host`, where it is not the client's own.
    pub host: Option<HeaderValue>,
    pub trace: &'a Trace,
}

/// Writes the head. Lines by which the door speaks were kept out before ([`Head`]), so that none is doubled.
pub(super) fn write(out: &mut Vec<u8>, head: &Head, permit: &Permit, beside: &Beside<'_>) {
    out.extend_from_slice(head.method.as_str().as_bytes());
    out.push(b' ');
    // The very bytes that were judged.
    out.extend_from_slice(head.canonical.path_and_query.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    line(out, &http::header::HOST, beside.host.as_ref().unwrap_or(&head.host).as_bytes());
    for run in &head.runs {
        out.extend_from_slice(&head.bytes[run.clone()]);
    }
    if let Some(cookie) = &head.cookie {
        let own = permit.assertion_bytes().filter(|_| beside.forward_token && matches!(permit.subject(), Subject::Person(_)));
        cookies(out, cookie.as_bytes(), own);
    }
    if let Some(assertion) = permit.assertion_bytes() {
        line(out, &ASSERTION_HEADER, assertion);
    }
    let mut told = |name: &HeaderName, value: Option<&HeaderValue>| {
        if let Some(value) = value {
            line(out, name, value.as_bytes());
        }
    };
    if let Some([der, sha256]) = permit.certificate() {
        told(&CERTIFICATE_HEADER, Some(der));
        told(&CERTIFICATE_HASH_HEADER, Some(sha256));
    }
    told(&EMAIL_HEADER, permit.email());
    told(&FORWARDED_FOR, beside.address.as_ref());
    told(&FORWARDED_PROTO, Some(&HeaderValue::from_static("https")));
    for (name, value) in beside.trace.lines() {
        told(&name, value);
    }
    out.extend_from_slice(FORWARDED_HOST.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(head.canonical.host.as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
}

fn line(out: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn cookies(out: &mut Vec<u8>, all: &[u8], own_token: Option<&[u8]>) {
    let begin = out.len();
    out.extend_from_slice(b"cookie: ");
    let values = out.len();
    headers::remaining_cookies(out, all, own_token);
    if out.len() == values {
        out.truncate(begin);
    } else {
        out.extend_from_slice(b"\r\n");
    }
}
