//! The head of an origin's answer: read, and written for the client.

use std::{mem::MaybeUninit, ops::ControlFlow};

use guard::Permit;
use http::{HeaderValue, Method, header};
use httparse::{ParserConfig, Status};

use super::dechunk::Dechunk;
use crate::headers::{is_hop_by_hop, sets_ours};

/// Most lines of an answer's head.
const MOST_LINES: usize = 128;

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    Nothing,
    Length(u64),
    Chunks(Dechunk),
    /// Whatever comes until the origin closes.
    All,
}

/// What is to be known of a head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub status: u16,
    pub follows: Follows,
    /// The connection to the origin may be used again.
    pub lasts: bool,
}

/// Why an answer cannot be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the head of its answer is not HTTP")]
    Head,
    #[error("it tells the length of its answer in two ways")]
    Length,
    #[error("its answer has a transfer coding other than `chunked`")]
    Coding,
    #[error("its answer is broken off or not in chunks as announced")]
    Body,
    #[error("the head of its answer is too large")]
    TooLarge,
}

/// How an answer is written.
pub(super) struct Writing<'a> {
    pub permit: &'a Permit,
    pub method: &'a Method,
    /// The client's connection ends with it.
    pub last: bool,
}

/// Takes a head in, line by line.
pub(crate) trait Heads {
    fn status(&mut self, status: u16, reason: &str);
    fn field(&mut self, name: &str, value: &[u8]) -> Result<(), Unreadable>;
}

/// As the client gets it.
struct Written<'a> {
    out: &'a mut Vec<u8>,
    date: bool,
}

impl Heads for Written<'_> {
    fn status(&mut self, status: u16, reason: &str) {
        status_line(self.out, status, reason);
    }
    fn field(&mut self, name: &str, value: &[u8]) -> Result<(), Unreadable> {
        self.date |= name.len() == 4 && name.eq_ignore_ascii_case("date");
        let begin = self.out.len();
        field(self.out, name, value);
        self.out[begin..begin + name.len()].make_ascii_lowercase();
        Ok(())
    }
}

/// Reads a head that is whole and appends it to `out` as the client gets it. `Continue` for an interim answer of so many bytes.
pub(super) fn read(bytes: &[u8], out: &mut Vec<u8>, by: &Writing<'_>) -> Result<ControlFlow<Answer, usize>, Unreadable> {
    let mut written = Written { out, date: false };
    let answer = match parse(bytes, by.method, &mut written)? {
        ControlFlow::Break(answer) => answer,
        interim @ ControlFlow::Continue(_) => return Ok(interim),
    };
    let date = written.date;
    if matches!(answer.follows, Follows::Chunks(_) | Follows::All) {
        out.extend_from_slice(b"transfer-encoding: chunked\r\n");
    }
    if !date {
        // RFC 9110 section 6.6.1.
        field(out, "date", httpdate::fmt_http_date(std::time::SystemTime::now()).as_bytes());
    }
    if let Some(cookie) = by.permit.set_cookie() {
        field(out, header::SET_COOKIE.as_str(), cookie.as_bytes());
    }
    if by.last {
        out.extend_from_slice(b"connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(ControlFlow::Break(answer))
}

/// Reads a head that is whole; what passes of it is given to `heads`. `Continue` for an interim answer of so many bytes, which is passed
/// over (RFC 9110 section 15.2).
pub(crate) fn parse(bytes: &[u8], method: &Method, heads: &mut impl Heads) -> Result<ControlFlow<Answer, usize>, Unreadable> {
    let mut lines = [const { MaybeUninit::uninit() }; MOST_LINES];
    let mut parsed = httparse::Response::new(&mut []);
    let read = ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, bytes, &mut lines);
    let Ok(Status::Complete(length)) = read else { return Err(Unreadable::Head) };
    let status = parsed.code.filter(|code| (100..=999).contains(code)).ok_or(Unreadable::Head)?;
    if (100..200).contains(&status) && status != 101 {
        return Ok(ControlFlow::Continue(length));
    }
    let http11 = parsed.version == Some(1);
    let said = Said::of(parsed.headers)?;
    let bodiless = *method == Method::HEAD || matches!(status, 101 | 204 | 304);
    let follows = match (said.chunked, said.length) {
        (true, _) if !http11 => return Err(Unreadable::Coding),
        _ if bodiless => Follows::Nothing,
        (true, _) => Follows::Chunks(Dechunk::new()),
        (false, Some(0)) => Follows::Nothing,
        (false, Some(length)) => Follows::Length(length),
        (false, None) => Follows::All,
    };
    // An origin that tells the length in two ways is not trusted with another request (RFC 9112 section 6.3).
    let in_two_ways = said.chunked && said.length.is_some();
    let lasts = follows != Follows::All && !in_two_ways && if http11 { !said.close } else { said.keep_alive };
    heads.status(status, parsed.reason.unwrap_or_default());
    for line in parsed.headers.iter().filter(|line| said.passes(line)) {
        heads.field(line.name, line.value)?;
    }
    // One of nothing is no length (RFC 9110 section 8.6).
    if let Some(length) = said.length.filter(|_| !said.chunked && !matches!(status, 101 | 204)) {
        heads.field("content-length", itoa::Buffer::new().format(length).as_bytes())?;
    }
    Ok(ControlFlow::Break(Answer { status, follows, lasts }))
}

/// What the lines of a head say together.
#[derive(Default)]
struct Said {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    /// `Connection` names other lines.
    listed: Vec<String>,
}

impl Said {
    fn of(lines: &[httparse::Header<'_>]) -> Result<Self, Unreadable> {
        let mut said = Self::default();
        for line in lines {
            let is = |name: &str| line.name.eq_ignore_ascii_case(name);
            match line.name.len() {
                10 if is("connection") => said.connection(line.value),
                14 if is("content-length") => {
                    let length = length(line.value).ok_or(Unreadable::Length)?;
                    if said.length.replace(length).is_some_and(|before| before != length) {
                        return Err(Unreadable::Length);
                    }
                }
                17 if is("transfer-encoding") => {
                    if said.chunked || !line.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                        return Err(Unreadable::Coding);
                    }
                    said.chunked = true;
                }
                _ => {}
            }
        }
        Ok(said)
    }

    fn connection(&mut self, value: &[u8]) {
        for word in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            match word {
                w if w.eq_ignore_ascii_case(b"close") => self.close = true,
                w if w.eq_ignore_ascii_case(b"keep-alive") => self.keep_alive = true,
                w if w.eq_ignore_ascii_case(b"content-length") => {}
                w => self.listed.extend(std::str::from_utf8(w).map(str::to_ascii_lowercase)),
            }
        }
    }

    /// What belongs to the hop does not pass, and what only the door may say.
    fn passes(&self, line: &httparse::Header<'_>) -> bool {
        let is = |name: &str| line.name.eq_ignore_ascii_case(name);
        match line.name.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b's') if is("set-cookie") => return HeaderValue::from_bytes(line.value).is_ok_and(|value| !sets_ours(&value)),
            // It is told once, and not beside chunks.
            Some(b'c') if is("content-length") => return false,
            Some(b'c' | b'h' | b'k' | b'p' | b't' | b'u') if is("te") || is("trailer") || is_hop_by_hop(line.name) => return false,
            _ => {}
        }
        !self.listed.iter().any(|listed| line.name.eq_ignore_ascii_case(listed))
    }
}

fn length(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    let good = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if good { Some(digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))) } else { None }
}

/// The first line of an answer.
pub(super) fn status_line(out: &mut Vec<u8>, status: u16, reason: &str) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(&[b'0' + (status / 100) as u8, b'0' + (status / 10 % 10) as u8, b'0' + (status % 10) as u8, b' ']);
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// One line.
pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Where a head ends, when it is whole; nothing before `from` ends it.
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let begin = from.saturating_sub(3);
    memchr::memchr_iter(b'\n', &bytes[begin..]).map(|at| begin + at).find_map(|at| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}
