//! Bytes on the wire, for requests that no client would send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::must::within;

/// A TLS connection of one's own.
pub struct Wire {
    stream: TlsStream<TcpStream>,
}

impl Wire {
    pub(crate) fn new(stream: TlsStream<TcpStream>) -> Self {
        Self { stream }
    }

    /// Sends bytes as they are. The other side may refuse before it has read them all, which is no fault here.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if self.stream.write_all(bytes.as_ref()).await.is_ok() {
            let _ = self.stream.flush().await;
        }
    }

    /// Reads until the other side closes.
    pub async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        // A connection that is cut short has still said what it said.
        let _ = within("the end of the connection", self.stream.read_to_end(&mut all)).await;
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the other side closes; true when it said goodbye (TLS `close_notify`) before it did.
    pub async fn rest_and_goodbye(&mut self) -> (String, bool) {
        let mut all = Vec::new();
        let well = within("the end of the connection", self.stream.read_to_end(&mut all)).await.is_ok();
        (String::from_utf8_lossy(&all).into_owned(), well)
    }

    /// Reads one response's head.
    pub async fn head(&mut self) -> String {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n") {
            match within("a response's head", self.stream.read_u8()).await {
                Ok(byte) => all.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Sends a request and returns the status that it is answered with; 0 when the connection ends without an answer.
    pub async fn status(&mut self, request: impl AsRef<[u8]>) -> u16 {
        self.send(request).await;
        let head = self.head().await;
        head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }
}
