//! HTTP/1.1 written byte by byte.

use testkit::within;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Fields, names in lower case.
    pub fields: Vec<(String, String)>,
    /// Body without its framing.
    pub body: Vec<u8>,
}

impl Answer {
    /// A field's first value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection.
pub struct Client {
    stream: TlsStream<TcpStream>,
    unread: Vec<u8>,
}

impl Client {
    pub fn new(stream: TlsStream<TcpStream>) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// Sends bytes as they are. The server may end the connection while they are written: what it said can be read still.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if self.stream.write_all(bytes.as_ref()).await.is_ok() {
            // The same holds for what was not flushed.
            let _ = self.stream.flush().await;
        }
    }

    /// Sends bytes; false when the connection has ended.
    pub async fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// The next answer, `100 Continue` left out; none when the connection ended without one.
    pub async fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET").await
    }

    /// The next answer, to a request with this method: one to `HEAD` has no body.
    pub async fn answer_to(&mut self, method: &str) -> Option<Answer> {
        loop {
            let head = self.until(b"\r\n\r\n").await?;
            let text = String::from_utf8_lossy(&head).into_owned();
            let mut lines = text.trim_end().split("\r\n");
            let first = lines.next().unwrap_or_default();
            let status = first.strip_prefix("HTTP/1.1 ").or(first.strip_prefix("HTTP/1.0 ")).and_then(|rest| rest.get(..3)?.parse().ok());
            let status = status.unwrap_or_else(|| panic!("not an answer: {text:?}"));
            if status == 100 {
                continue;
            }
            let fields = lines.filter_map(|line| line.split_once(':'));
            let fields = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
            let mut answer = Answer { status, fields, body: Vec::new() };
            let empty = method == "HEAD" || matches!(status, 101 | 204 | 304);
            if !empty {
                self.body(&mut answer).await;
            }
            return Some(answer);
        }
    }

    /// Sends a request and reads its answer's status; 0 when the connection ended without one.
    pub async fn status(&mut self, request: impl AsRef<[u8]>) -> u16 {
        self.send(request).await;
        self.answer().await.map_or(0, |answer| answer.status)
    }

    /// Everything until the connection ends.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.unread)
    }

    /// Waits for the end of the connection; false when something was said before it.
    pub async fn ends(&mut self) -> bool {
        self.rest().await.is_empty()
    }

    async fn body(&mut self, answer: &mut Answer) {
        let length = answer.field("content-length").and_then(|value| value.parse::<usize>().ok());
        if answer.field("transfer-encoding").is_some() {
            while let Some(line) = self.until(b"\r\n").await {
                let size = line.split(|byte| matches!(byte, b';' | b'\r')).next().and_then(|hex| std::str::from_utf8(hex).ok());
                let size = size.and_then(|hex| usize::from_str_radix(hex, 16).ok()).unwrap_or_default();
                if size == 0 {
                    while self.until(b"\r\n").await.is_some_and(|line| line != b"\r\n") {}
                    return;
                }
                self.exactly(size, &mut answer.body).await;
                let mut end = Vec::new();
                self.exactly(2, &mut end).await;
            }
        } else if let Some(length) = length {
            self.exactly(length, &mut answer.body).await;
        } else {
            answer.body = self.rest().await;
        }
    }

    /// Reads until these bytes, and takes them along; none when the connection ended before.
    pub async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|bytes| bytes == end) {
                let rest = self.unread.split_off(at + end.len());
                return Some(std::mem::replace(&mut self.unread, rest));
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize, into: &mut Vec<u8>) {
        while self.unread.len() < length && self.more().await {}
        let now = length.min(self.unread.len());
        into.extend(self.unread.drain(..now));
    }

    async fn more(&mut self) -> bool {
        matches!(within("more of an answer, or its end", self.stream.read_buf(&mut self.unread)).await, Ok(1..))
    }
}
