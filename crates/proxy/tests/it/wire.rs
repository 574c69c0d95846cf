//! Bytes to and from the proxy, as no well-behaved client would send them.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A connection of one's own.
pub struct Wire {
    stream: TcpStream,
}

/// An answer's status line and headers, and its body when its length was told.
pub struct Answer {
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }
    /// Values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v).collect()
    }
}

impl From<TcpStream> for Wire {
    fn from(stream: TcpStream) -> Self {
        Self { stream }
    }
}

impl Wire {
    pub async fn to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap() }
    }
    /// The next connection.
    pub async fn accepted(listener: &TcpListener) -> Self {
        Self::from(listener.accept().await.unwrap().0)
    }
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }
    /// Sends what may find the connection closed.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }
    /// A request's head, and what follows it.
    pub async fn request(&mut self, line: &str, host: &str, headers: &str, body: &str) {
        self.send(format!("{line} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n{body}")).await;
    }
    pub async fn head(&mut self) -> String {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\n") {
            all.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(all).unwrap()
    }
    /// An answer whose body's length is told.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = Answer { head: self.head().await, body: String::new() };
        if let Some(length) = answer.all("content-length").first() {
            let body = self.bytes(length.parse().unwrap()).await;
            answer.body = String::from_utf8(body).unwrap();
        }
        answer
    }
    pub async fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await.unwrap();
        bytes
    }
    /// Everything until the other side ends, in whatever way.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let _ = self.stream.read_to_end(&mut all).await;
        all
    }
}
