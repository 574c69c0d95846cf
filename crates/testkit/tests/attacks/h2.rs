//! HTTP/2 written frame by frame: header blocks are literals without Huffman coding or table, so that anything can stand in them.

use std::collections::BTreeMap;

use testkit::within;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A whole answer.
    Answer(u16, Vec<u8>),
    /// The stream was reset with this code.
    Reset(u32),
    /// The connection ended; the code of its `GOAWAY`, when there was one.
    Gone(Option<u32>),
}

impl Outcome {
    /// The status, when there is an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(status, _) => Some(*status),
            Self::Reset(_) | Self::Gone(_) => None,
        }
    }

    /// True when the stream or the connection ended without an answer, or with one that refuses.
    pub fn is_refused(&self) -> bool {
        self.status().is_none_or(|status| matches!(status, 400 | 405 | 413 | 414 | 421 | 431 | 501))
    }
}

/// A frame that came.
#[derive(Debug, Clone)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

#[derive(Debug, Default)]
struct Stream {
    status: Option<u16>,
    body: Vec<u8>,
    over: Option<Outcome>,
}

/// A connection.
pub struct Client {
    io: TlsStream<TcpStream>,
    unread: Vec<u8>,
    streams: BTreeMap<u32, Stream>,
    next: u32,
    gone: Option<Option<u32>>,
}

impl Client {
    /// Says hello on a connection where `h2` was agreed upon.
    pub async fn new(io: TlsStream<TcpStream>) -> Self {
        let mut client = Self { io, unread: Vec::new(), streams: BTreeMap::new(), next: 1, gone: None };
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        // No table for the server's encoder, and room for its bodies.
        let settings = [[0, 1, 0, 0, 0, 0], [0, 4, 0x3f, 0xff, 0xff, 0xff]].concat();
        client.frame(SETTINGS, 0, 0, &settings).await;
        client.frame(WINDOW_UPDATE, 0, 0, &0x3fff_0000_u32.to_be_bytes()).await;
        client
    }

    /// Sends bytes as they are; what the server said before it ended the connection can be read still.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.io.write_all(bytes).await.is_ok() && self.io.flush().await.is_ok()
    }

    /// Sends one frame; false when the connection has ended.
    pub async fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        self.send(&frame(kind, flags, stream, payload)).await
    }

    /// Numbers a new stream.
    pub fn stream(&mut self) -> u32 {
        self.next += 2;
        self.next - 2
    }

    /// Sends a request with these fields, pseudo-fields among them, and perhaps a body; returns its stream.
    pub async fn request(&mut self, fields: &[(&str, &str)], body: Option<&[u8]>) -> u32 {
        let raw: Vec<(&[u8], &[u8])> = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        self.request_raw(&raw, body).await
    }

    /// The same with any bytes.
    pub async fn request_raw(&mut self, fields: &[(&[u8], &[u8])], body: Option<&[u8]>) -> u32 {
        let stream = self.stream();
        let end = if body.is_none() { END_STREAM } else { 0 };
        let mut bytes = frame(HEADERS, END_HEADERS | end, stream, &block(fields));
        if let Some(body) = body {
            let mut pieces = body.chunks(16_000).peekable();
            if body.is_empty() {
                bytes.extend(frame(DATA, END_STREAM, stream, &[]));
            }
            while let Some(piece) = pieces.next() {
                bytes.extend(frame(DATA, if pieces.peek().is_none() { END_STREAM } else { 0 }, stream, piece));
            }
        }
        self.send(&bytes).await;
        stream
    }

    /// Sends a request and waits for what becomes of it.
    pub async fn ask(&mut self, fields: &[(&str, &str)], body: Option<&[u8]>) -> Outcome {
        let stream = self.request(fields, body).await;
        self.outcome(stream).await
    }

    /// Waits for what becomes of a stream.
    pub async fn outcome(&mut self, stream: u32) -> Outcome {
        loop {
            if let Some(over) = self.streams.get(&stream).and_then(|known| known.over.clone()) {
                return over;
            }
            if self.next_frame().await.is_none() {
                return Outcome::Gone(self.gone.flatten());
            }
        }
    }

    /// Reads the next frame and does what a client owes; none when the connection has ended.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        while self.unread.len() < 9 || self.unread.len() < 9 + length(&self.unread) {
            let read = within("a frame, or the end of the connection", self.io.read_buf(&mut self.unread)).await;
            if !matches!(read, Ok(1..)) {
                self.gone.get_or_insert(None);
                return None;
            }
        }
        let rest = self.unread.split_off(9 + length(&self.unread));
        let bytes = std::mem::replace(&mut self.unread, rest);
        let stream = u32::from_be_bytes([bytes[5], bytes[6], bytes[7], bytes[8]]) & 0x7fff_ffff;
        let frame = Frame { kind: bytes[3], flags: bytes[4], stream, payload: bytes[9..].to_vec() };
        self.take(&frame).await;
        Some(frame)
    }

    /// Waits for the end of the connection; the code of its `GOAWAY`, when there was one.
    pub async fn end(&mut self) -> Option<u32> {
        while self.next_frame().await.is_some() {}
        self.gone.flatten()
    }

    async fn take(&mut self, got: &Frame) {
        let number = |at: usize| got.payload.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
        match got.kind {
            SETTINGS if got.flags & ACK == 0 => drop(self.frame(SETTINGS, ACK, 0, &[]).await),
            PING if got.flags & ACK == 0 => drop(self.frame(PING, ACK, 0, &got.payload).await),
            GOAWAY => self.gone = Some(number(4)),
            RST_STREAM => {
                let known = self.streams.entry(got.stream).or_default();
                known.over.get_or_insert(Outcome::Reset(number(0).unwrap_or_default()));
            }
            HEADERS | DATA => {
                let known = self.streams.entry(got.stream).or_default();
                if got.kind == DATA {
                    known.body.extend_from_slice(&got.payload);
                } else if known.status.is_none() {
                    known.status = status(&got.payload).filter(|status| *status >= 200);
                }
                if got.flags & END_STREAM != 0 {
                    let answer = Outcome::Answer(known.status.unwrap_or_default(), std::mem::take(&mut known.body));
                    known.over.get_or_insert(answer);
                }
            }
            _ => {}
        }
    }
}

fn length(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2])
}

/// A frame's bytes.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block: each field a literal that is not indexed (RFC 7541 section 6.2.2).
pub fn block(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        out.push(0);
        for text in [name, value] {
            let mut left = text.len();
            if left < 127 {
                out.push(left as u8);
            } else {
                out.push(127);
                left -= 127;
                while left >= 128 {
                    out.push((left % 128) as u8 | 128);
                    left /= 128;
                }
                out.push(left as u8);
            }
            out.extend_from_slice(text);
        }
    }
    out
}

/// The status at the head of a response's block (RFC 7541 appendix A and, for its digits, appendix B).
fn status(block: &[u8]) -> Option<u16> {
    let mut rest = block;
    while rest.first().is_some_and(|byte| byte & 0xe0 == 0x20) {
        // A change of the table's size, here to nothing.
        rest = &rest[1..];
    }
    let (first, rest) = rest.split_first()?;
    if first & 0x80 != 0 {
        return [200, 204, 206, 304, 400, 404, 500].get(usize::from(first & 0x7f).checked_sub(8)?).copied();
    }
    let (length, rest) = rest.split_first()?;
    let text = rest.get(..usize::from(length & 0x7f))?;
    if length & 0x80 == 0 {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let bits: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let number = |bits: &[u8]| bits.iter().fold(0_u16, |sum, bit| sum << 1 | u16::from(*bit));
    let (mut at, mut value) = (0, 0);
    for _ in 0..3 {
        let five = number(bits.get(at..at + 5)?);
        let digit = if five <= 2 { five } else { number(bits.get(at..at + 6)?) - 0b01_1001 + 3 };
        at += if five <= 2 { 5 } else { 6 };
        value = value * 10 + digit;
    }
    Some(value)
}

#[test]
fn statuses_are_read_as_servers_write_them() {
    assert_eq!(status(&[0x88]), Some(200));
    assert_eq!(status(&[0x20, 0x8c]), Some(400));
    // "302" of RFC 7541 appendix C.6.1.
    assert_eq!(status(&[0x48, 0x82, 0x64, 0x02]), Some(302));
    // "307" of appendix C.6.2.
    assert_eq!(status(&[0x48, 0x83, 0x64, 0x0e, 0xff]), Some(307));
    assert_eq!(status(&[0x08, 0x03, b'4', b'2', b'1']), Some(421));
}
