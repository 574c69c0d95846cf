//! One head, line by line as its bytes come.

use super::Limits;
use crate::malformed::Malformed;

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Nothing,
    /// At least one byte.
    Length(u64),
    Chunked,
    /// A WebSocket was asked for.
    PerhapsSocket,
}

/// Where a line of a head stands: the request's line first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) begin: usize,
    /// Where the name of a field ends; where the line begins, of the request's line.
    pub(crate) colon: usize,
    /// Where the next line begins.
    pub(crate) end: usize,
}

/// What was read of a head so far.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Where the line under way begins.
    line: usize,
    /// Up to where a line's end was looked for.
    looked: usize,
    fields: usize,
    blank: bool,
    first: Option<First>,
    length: Option<u64>,
    chunked: bool,
    websocket: bool,
}

#[derive(Debug, Clone, Copy)]
struct First {
    get: bool,
    http11: bool,
}

impl Head {
    /// Reads on; the bytes begin with the head's first. When it is whole: its length, and what follows it. `mark` is told of each line.
    pub(super) fn read(&mut self, bytes: &[u8], limits: Limits, mut mark: impl FnMut(Mark)) -> Result<Option<(usize, Body)>, Malformed> {
        let looked = self.looked;
        for found in memchr::memchr_iter(b'\n', &bytes[looked..]) {
            let (begin, end) = (self.line, looked + found);
            let line = bytes[begin..end].strip_suffix(b"\r").ok_or(Malformed::LineEnd)?;
            self.line = end + 1;
            if self.line > limits.bytes {
                return Err(Malformed::HeadTooLarge);
            }
            match self.first {
                Some(first) if line.is_empty() => return Ok(Some((self.line, self.body(first)?))),
                Some(_) => {
                    self.fields += 1;
                    if self.fields > limits.fields {
                        return Err(Malformed::TooManyFields);
                    }
                    let colon = begin + self.field(line)?;
                    mark(Mark { begin, colon, end: self.line });
                }
                // One empty line before a request is passed over (RFC 9112 section 2.2).
                None if line.is_empty() && !self.blank => self.blank = true,
                None => {
                    self.first = Some(request_line(line)?);
                    mark(Mark { begin, colon: begin, end: self.line });
                }
            }
        }
        self.looked = bytes.len();
        if bytes.len() > limits.bytes { Err(Malformed::HeadTooLarge) } else { Ok(None) }
    }

    /// Where its name ends.
    fn field(&mut self, line: &[u8]) -> Result<usize, Malformed> {
        if matches!(line[0], b' ' | b'\t') {
            return Err(Malformed::Folded);
        }
        let colon = memchr::memchr(b':', line).ok_or(Malformed::Field)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if !is_token(name) || !is_value(value) {
            return Err(if line.contains(&b'\r') { Malformed::LineEnd } else { Malformed::Field });
        }
        match name.len() {
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.websocket |= value.to_ascii_lowercase().windows(9).any(|part| part == b"websocket");
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                if self.length.is_some() {
                    return Err(Malformed::Length);
                }
                self.length = Some(length(trim(value)).ok_or(Malformed::Length)?);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.chunked || !trim(value).eq_ignore_ascii_case(b"chunked") {
                    return Err(Malformed::Coding);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(colon)
    }

    fn body(&self, first: First) -> Result<Body, Malformed> {
        if self.chunked && self.length.is_some() {
            return Err(Malformed::LengthAndCoding);
        }
        if self.chunked && !first.http11 {
            return Err(Malformed::CodingInHttp10);
        }
        let body = match self.length {
            _ if self.chunked => Body::Chunked,
            None | Some(0) => Body::Nothing,
            Some(length) => Body::Length(length),
        };
        match body {
            Body::Nothing if self.websocket && first.get && first.http11 => Ok(Body::PerhapsSocket),
            _ if self.websocket && first.get => Err(Malformed::UpgradeBody),
            body => Ok(body),
        }
    }
}

fn request_line(line: &[u8]) -> Result<First, Malformed> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(if line.contains(&b'\r') { Malformed::LineEnd } else { Malformed::RequestLine });
    };
    if !is_token(method) || target.is_empty() || !version.starts_with(b"HTTP/") {
        return Err(Malformed::RequestLine);
    }
    let http11 = match version {
        b"HTTP/1.1" => true,
        b"HTTP/1.0" => false,
        _ => return Err(Malformed::Version),
    };
    if memchr::memchr(b'#', target).is_some() {
        return Err(Malformed::Fragment);
    }
    if target[0] != b'/' && target != b"*" && !is_absolute(method, target) {
        return Err(Malformed::Path);
    }
    // Anything but ASCII has to be escaped; some programs read it as UTF-8 and some as Latin-1. The four others the library refuses.
    let query = memchr::memchr(b'?', target).unwrap_or(target.len());
    let is_good = |byte: u8| byte.is_ascii_graphic() & (byte != b'<') & (byte != b'>');
    let path = target[..query].iter().fold(true, |good, byte| good & is_good(*byte) & (*byte != b'^') & (*byte != b'`'));
    if !path || !target[query..].iter().fold(true, |good, byte| good & is_good(*byte) & (*byte != b'"')) {
        return Err(Malformed::Path);
    }
    Ok(First { get: method == b"GET", http11 })
}

/// With its scheme, or the authority alone for `CONNECT`, which is refused with words of its own.
fn is_absolute(method: &[u8], target: &[u8]) -> bool {
    http::Uri::try_from(target).is_ok_and(|uri| uri.authority().is_some() && (uri.scheme().is_some() || method == b"CONNECT"))
}

/// A number without sign or list; eighteen digits fit whatever an origin counts with.
fn length(value: &[u8]) -> Option<u64> {
    let digits = (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    if digits { Some(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))) } else { None }
}

/// Spaces and tabs at both ends are no part of a value, other white space is.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// RFC 9110 section 5.6.2.
pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_token_byte(byte as u8);
        byte += 1;
    }
    table
};

fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| TOKEN[usize::from(*byte)])
}

/// RFC 9110 section 5.5: no controls but the tab. Without a branch, so that it is done many bytes at a time.
fn is_value(value: &[u8]) -> bool {
    value.iter().fold(true, |good, byte| good & (((*byte >= b' ') & (*byte != 0x7f)) | (*byte == b'\t')))
}
