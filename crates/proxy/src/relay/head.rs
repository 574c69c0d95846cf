//! Heads as they come from a client: read strictly, then looked through for anything that is the library's way's.

use std::{
    ops::Range,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use guard::credential::is_identity_header;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tokio::io::{AsyncRead, ReadBuf};

use crate::{
    Canonical, Worker,
    framing::{HeadReader, Limits, Mark},
    headers::{FORWARDED_FOR, is_false_framing, is_forwarding_header, is_hop_by_hop, is_spelling_of},
};

/// Bytes that are taken in while an answer is under way.
const MOST_AHEAD: usize = 64 * 1024;

/// Room for that many lines that are told.
const USUAL: usize = 6;

/// A head that may be relayed.
pub struct Head {
    pub(super) canonical: Rc<Canonical>,
    pub(super) method: Method,
    /// All of it, its names in small letters.
    pub(super) bytes: Bytes,
    /// Lines that pass as they stand, one after the other.
    pub(super) runs: Vec<Range<usize>>,
    pub(super) cookie: Option<HeaderValue>,
    pub(super) host: HeaderValue,
    /// What the guard may want to see, and what pages of errors go by.
    pub(super) headers: HeaderMap,
    /// The client wants no more than this answer.
    pub(super) closes: bool,
}

/// What a client has sent and nobody has answered yet.
#[derive(Default)]
pub struct Held {
    bytes: Vec<u8>,
    /// Those before were answered.
    from: usize,
    reader: HeadReader,
}

/// What comes next on a connection.
pub enum Read {
    /// A request that may be relayed.
    Head(Box<Head>),
    /// Something for the library: all that is held.
    Library,
    /// The client has ended the connection, or it is broken.
    Over,
}

impl Held {
    /// True when nothing is held.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == self.from
    }
    /// Everything that came and was not answered.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.drain(..self.from);
        self.bytes
    }
    /// Takes a head back that was not relayed: it comes before what is held.
    pub fn take_back(&mut self, head: &Head) {
        self.bytes.splice(..self.from, head.bytes.iter().copied());
        (self.from, self.reader) = (0, HeadReader::default());
    }

    fn take_in(&mut self, bytes: &[u8]) {
        // Seldom, so that many small requests at once are not moved again and again.
        if self.from > self.bytes.len() / 2 {
            self.bytes.drain(..self.from);
            self.from = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes in what comes while an answer is under way, as far as there is room: true when the client is gone.
    pub(super) fn poll_ahead<C: AsyncRead + Unpin>(&mut self, cx: &mut Context<'_>, client: &mut C, scratch: &mut [u8]) -> bool {
        while self.bytes.len() - self.from < MOST_AHEAD {
            let mut buffer = ReadBuf::new(&mut scratch[..MOST_AHEAD]);
            match Pin::new(&mut *client).poll_read(cx, &mut buffer) {
                Poll::Pending => return false,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.take_in(buffer.filled()),
                Poll::Ready(_) => return true,
            }
        }
        false
    }

    /// Reads the next head.
    pub fn poll_head<C: AsyncRead + Unpin>(&mut self, cx: &mut Context<'_>, client: &mut C, worker: &Worker, limits: Limits) -> Poll<Read> {
        let foreign = worker.proxy.foreign_headers.load();
        if !self.is_empty() && self.reader.is_new() {
            // What came while the last answer was under way.
            if let Some(read) = self.next(limits, &foreign) {
                return Poll::Ready(read);
            }
        }
        let mut scratch = worker.scratch().read.borrow_mut();
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            if ready!(Pin::new(&mut *client).poll_read(cx, &mut buffer)).is_err() || buffer.filled().is_empty() {
                return Poll::Ready(if self.is_empty() { Read::Over } else { Read::Library });
            }
            if self.is_empty() {
                // Most heads come in one piece, by themselves.
                let mut reader = HeadReader::with_room(worker.scratch().marks.take());
                let whole = reader.read(buffer.filled(), limits);
                let read = whole.ok().flatten().map(|length| (length, Head::read(&buffer.filled()[..length], reader.marks(), &foreign)));
                worker.scratch().marks.set(reader.into_room());
                if let Some((length, head)) = read {
                    self.take_in(&buffer.filled()[if head.is_some() { length } else { 0 }..]);
                    return Poll::Ready(head.map_or(Read::Library, |head| Read::Head(Box::new(head))));
                }
            }
            self.take_in(buffer.filled());
            if let Some(read) = self.next(limits, &foreign) {
                return Poll::Ready(read);
            }
        }
    }

    /// A head out of what is held.
    fn next(&mut self, limits: Limits, foreign: &[HeaderName]) -> Option<Read> {
        let held = &self.bytes[self.from..];
        let Ok(length) = self.reader.read(held, limits) else { return Some(Read::Library) };
        let length = length?;
        let head = Head::read(&held[..length], self.reader.marks(), foreign);
        self.reader = HeadReader::default();
        let Some(head) = head else { return Some(Read::Library) };
        self.from += length;
        if self.is_empty() {
            // Most connections never hold anything: they shall not keep the memory.
            (self.bytes, self.from) = (Vec::new(), 0);
        }
        Some(Read::Head(Box::new(head)))
    }
}

/// What is done with a line.
enum Line {
    Pass,
    /// It passes, and the guard may want to see it.
    PassAndTell,
    /// It does not pass: it is meant for the door, or a word that is not the client's to say.
    Tell,
    Host,
    Cookie,
    Connection,
    /// The whole request is the library's way's.
    Library,
}

impl Head {
    /// The request's host and path.
    pub fn canonical(&self) -> &Canonical {
        &self.canonical
    }
    /// What the guard, and whoever reads what trusted peers say, may want to see.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
    /// Bytes of path and query.
    pub fn target_len(&self) -> usize {
        self.canonical.path_and_query.len()
    }

    /// Looks through a head that was read strictly, has no body and asks for no other protocol.
    fn read(head: &[u8], marks: &[Mark], foreign: &[HeaderName]) -> Option<Self> {
        let (first, fields) = marks.split_first()?;
        let (method, target) = request_line(&head[..first.end])?;
        let mut bytes = head.to_vec();
        fields.iter().for_each(|field| bytes[field.begin..field.colon].make_ascii_lowercase());
        let bytes = Bytes::from(bytes);
        let (mut host, mut cookie, mut closes) = (None, None, false);
        let (mut runs, mut headers) = (Vec::with_capacity(4), HeaderMap::with_capacity(USUAL));
        for Mark { begin, colon, end } in fields.iter().copied() {
            let (name, text) = (&bytes[begin..colon], single_space(&bytes[colon + 1..end - 2])?);
            let value = || HeaderValue::from_maybe_shared(bytes.slice(end - 2 - text.len()..end - 2)).ok();
            match kind(name, foreign)? {
                Line::Library => return None,
                Line::Host => host = Some(value()?).filter(|_| host.is_none()).map(Some)?,
                Line::Cookie => cookie = Some(value()?).filter(|_| cookie.is_none()).map(Some)?,
                Line::Connection if text.eq_ignore_ascii_case(b"keep-alive") => {}
                Line::Connection if text.eq_ignore_ascii_case(b"close") => closes = true,
                Line::Connection => return None,
                Line::Tell => {
                    headers.append(header_name(name)?, value()?);
                }
                Line::Pass => extend(&mut runs, begin..end),
                Line::PassAndTell => {
                    headers.append(header_name(name)?, value()?);
                    extend(&mut runs, begin..end);
                }
            }
        }
        let host = host?;
        let canonical = Rc::new(Canonical::of(host.to_str().ok()?, target).ok()?);
        if let Some(cookie) = &cookie {
            headers.insert(header::COOKIE, cookie.clone());
        }
        Some(Self { canonical, method, bytes, runs, cookie, host, headers, closes })
    }
}

/// A name that is told. What comes with nearly every request is not made anew.
fn header_name(name: &[u8]) -> Option<HeaderName> {
    static FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
    Some(match name {
        b"sec-fetch-mode" => FETCH_MODE.clone(),
        b"x-forwarded-for" => FORWARDED_FOR.clone(),
        _ => HeaderName::from_bytes(name).ok()?,
    })
}

/// A value as nearly everybody writes it: one space before it, and none behind.
fn single_space(value: &[u8]) -> Option<&[u8]> {
    let value = value.strip_prefix(b" ")?;
    let is_blank = |byte: Option<&u8>| matches!(byte, None | Some(b' ' | b'\t'));
    (!is_blank(value.first()) && !is_blank(value.last())).then_some(value)
}

fn request_line(line: &[u8]) -> Option<(Method, &str)> {
    let (method, rest) = match line {
        [b'G', b'E', b'T', b' ', rest @ ..] => (Method::GET, rest),
        [b'H', b'E', b'A', b'D', b' ', rest @ ..] => (Method::HEAD, rest),
        _ => return None,
    };
    let target = std::str::from_utf8(rest.strip_suffix(b" HTTP/1.1\r\n")?).ok()?;
    target.starts_with('/').then_some((method, target))
}

fn extend(runs: &mut Vec<Range<usize>>, line: Range<usize>) {
    match runs.last_mut() {
        Some(last) if last.end == line.start => last.end = line.end,
        _ => runs.push(line),
    }
}

/// By its name, in small letters. `None` for one that is no text, which none is that was read strictly.
fn kind(name: &[u8], foreign: &[HeaderName]) -> Option<Line> {
    let text = || std::str::from_utf8(name).ok();
    if !foreign.is_empty() && is_foreign(text()?, foreign) {
        return Some(Line::Tell);
    }
    Some(match name {
        b"accept"
        | b"accept-encoding"
        | b"cache-control"
        | b"dnt"
        | b"if-modified-since"
        | b"if-none-match"
        | b"if-range"
        | b"pragma"
        | b"priority"
        | b"range"
        | b"referer"
        | b"sec-ch-ua"
        | b"sec-ch-ua-mobile"
        | b"sec-ch-ua-platform"
        | b"sec-fetch-dest"
        | b"sec-fetch-site"
        | b"sec-fetch-user"
        | b"upgrade-insecure-requests"
        | b"user-agent" => Line::Pass,
        b"host" => Line::Host,
        b"cookie" => Line::Cookie,
        b"connection" => Line::Connection,
        // A page of another origin asks, a body comes or is announced, or something is asked of the hop.
        b"origin" | b"content-length" | b"expect" | b"te" | b"trailer" => Line::Library,
        _ => uncommon(text()?),
    })
}

fn is_foreign(name: &str, foreign: &[HeaderName]) -> bool {
    foreign.iter().any(|f| is_spelling_of(name, f.as_str()))
}

fn uncommon(name: &str) -> Line {
    if is_hop_by_hop(name) || is_false_framing(name) {
        Line::Library
    } else if is_identity_header(name) || is_forwarding_header(name) {
        Line::Tell
    } else {
        Line::PassAndTell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Option<Head> {
        let (head, mut reader) = (format!("{lines}\r\n\r\n"), HeadReader::default());
        assert_eq!(reader.read(head.as_bytes(), Limits { bytes: 1 << 16, fields: 100 }).ok()??, head.len());
        Head::read(head.as_bytes(), reader.marks(), &[HeaderName::from_static("x-peer")])
    }

    #[test]
    fn what_a_browser_asks_for_is_relayed_with_its_lines_as_they_stand() {
        let head = read(
            "GET /a/b%20c?d HTTP/1.1\r\nHost: Wiki.localhost:8443\r\nUser-Agent: x\r\nAccept: y\r\nConnection: keep-alive\r\nCookie: a=1\r\nX-Own: z",
        )
        .unwrap();
        assert_eq!(
            (&*head.canonical.host, &*head.canonical.path, &*head.canonical.path_and_query),
            ("wiki.localhost", "/a/b c", "/a/b%20c?d")
        );
        let passed: Vec<&[u8]> = head.runs.iter().map(|run| &head.bytes[run.clone()]).collect();
        assert_eq!(passed, [&b"user-agent: x\r\naccept: y\r\n"[..], b"x-own: z\r\n"]);
        assert_eq!(head.cookie.unwrap(), "a=1");
        assert!(!head.closes && head.headers.contains_key("x-own"), "the guard sees what it may know");
    }

    #[test]
    fn what_is_meant_for_the_door_and_what_only_it_may_say_does_not_pass() {
        for line in ["X-Peer", "X_Peer", "Cf-Access-Client-Id", "CF_Access_Jwt-Assertion", "X-Forwarded-For", "x_real.ip", "Traceparent"] {
            let head = read(&format!("GET / HTTP/1.1\r\nHost: a.b\r\n{line}: 1\r\nAccept: x")).unwrap();
            assert_eq!((head.headers.len(), head.runs.len()), (1, 1), "{line}");
            assert_eq!(&head.bytes[head.runs[0].clone()], b"accept: x\r\n", "{line}");
        }
    }

    #[test]
    fn whatever_is_out_of_the_ordinary_is_for_the_library() {
        for lines in [
            "POST / HTTP/1.1\r\nHost: a.b",
            "OPTIONS / HTTP/1.1\r\nHost: a.b",
            "GET / HTTP/1.0\r\nHost: a.b",
            "GET http://a.b/ HTTP/1.1\r\nHost: a.b",
            "GET /a//b HTTP/1.1\r\nHost: a.b",
            "GET /a/../b HTTP/1.1\r\nHost: a.b",
            "GET /%2e HTTP/1.1\r\nHost: a.b",
            "GET / HTTP/1.1\r\nAccept: x",
            "GET / HTTP/1.1\r\nHost: a.b\r\nHost: a.b",
            "GET / HTTP/1.1\r\nHost: a.b.",
            "GET / HTTP/1.1\r\nHost: a.b\r\nX-Own:y",
            "GET / HTTP/1.1\r\nHost: a.b\r\nX-Own: y ",
            "GET / HTTP/1.1\r\nHost: a.b\r\nX-Own: ",
            "GET / HTTP/1.1\r\nHost: a.b\r\nCookie: a\r\nCookie: b",
            "GET / HTTP/1.1\r\nHost: a.b\r\nConnection: close, x",
            "GET / HTTP/1.1\r\nHost: a.b\r\nContent_Length: 1",
            "GET / HTTP/1.1\r\nHost: a.b\r\nTransfer-Encoding: chunked",
            "GET / HTTP/1.1\r\nHost: a.b\r\nUpgrade: h2c",
            "GET / HTTP/1.1\r\nHost: a.b\r\nTE: trailers",
            "GET / HTTP/1.1\r\nHost: a.b\r\nOrigin: https://c.d",
        ] {
            assert!(read(lines).is_none(), "{lines}");
        }
    }
}
