//! An origin that keeps every byte: keep-alive connections, one note for each request with its connection's number, and answers that
//! a test chooses by path.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use testkit::{Must, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::strict::{Framing, Head, chunk_size};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Number of the connection, from 0.
    pub connection: usize,
    /// The bytes of its head.
    pub raw: Vec<u8>,
    /// The head as the strict reader reads it.
    pub head: Head,
    /// Body without its framing; what came of it when the connection broke off.
    pub body: Vec<u8>,
    /// Trailer fields.
    pub trailers: Vec<u8>,
    /// All of the body came.
    pub whole: bool,
}

/// What a path is answered with.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These bytes, once the request is whole.
    After(Vec<u8>),
    /// These bytes as soon as the head is there; the rest is read on.
    Early(Vec<u8>),
    /// 101, and every later byte is noted as [`Recorder::tunnelled`] and sent back.
    Switch,
}

#[derive(Default)]
struct Notes {
    taken: Vec<Taken>,
    faults: Vec<String>,
    tunnelled: Vec<u8>,
    replies: BTreeMap<String, Reply>,
}

/// The origin. It ends with the runtime of its test.
pub struct Recorder {
    address: SocketAddr,
    notes: Arc<Mutex<Notes>>,
    /// Requests so far, for waiting.
    count: watch::Sender<usize>,
}

impl Recorder {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.must("a port for the origin");
        let address = listener.local_addr().must("the origin's address");
        let (notes, count) = (Arc::<Mutex<Notes>>::default(), watch::channel(0).0);
        let (shared, counted) = (Arc::clone(&notes), count.clone());
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let line = Line { stream, number, unread: Vec::new(), notes: Arc::clone(&shared), count: counted.clone() };
                tokio::spawn(line.run());
                number += 1;
            }
        });
        Self { address, notes, count }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers this path so from now on.
    pub fn reply(&self, path: &str, reply: Reply) {
        self.notes(|notes| notes.replies.insert(path.to_owned(), reply));
    }

    /// What came since it was asked last; stops the test when something came that has no single reading.
    #[track_caller]
    pub fn taken(&self) -> Vec<Taken> {
        let (taken, faults) = self.notes(|notes| (std::mem::take(&mut notes.taken), notes.faults.clone()));
        assert!(faults.is_empty(), "the origin was sent what it cannot read in one way: {faults:#?}");
        taken
    }

    /// The only request since it was asked last.
    #[track_caller]
    pub fn one(&self) -> Taken {
        let mut all = self.taken();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }

    /// Asserts that nothing came.
    #[track_caller]
    pub fn nothing(&self, why: &str) {
        let all = self.taken();
        assert!(all.is_empty(), "{why}: {all:#?}");
    }

    /// Bytes that came after a switch.
    pub fn tunnelled(&self) -> Vec<u8> {
        self.notes(|notes| notes.tunnelled.clone())
    }

    /// Waits until so many requests came in all.
    pub async fn until(&self, requests: usize) {
        let mut count = self.count.subscribe();
        within("requests at the origin", count.wait_for(|now| *now >= requests)).await.must("the origin runs");
    }

    fn notes<T>(&self, look: impl FnOnce(&mut Notes) -> T) -> T {
        look(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One connection.
struct Line {
    stream: TcpStream,
    number: usize,
    unread: Vec<u8>,
    notes: Arc<Mutex<Notes>>,
    count: watch::Sender<usize>,
}

/// The connection ended.
struct Ended;

impl Line {
    async fn run(mut self) {
        loop {
            match self.exchange().await {
                Ok(true) => {}
                Ok(false) | Err(Ended) => return,
            }
        }
    }

    /// One request and its answer; false when the connection is over.
    async fn exchange(&mut self) -> Result<bool, Ended> {
        let raw = match self.until(b"\r\n\r\n").await {
            Ok(raw) => raw,
            Err(Ended) if self.unread.is_empty() => return Err(Ended),
            Err(Ended) => return Ok(self.fault(format!("half a head: {:?}", String::from_utf8_lossy(&self.unread)))),
        };
        let head = match Head::read(&raw) {
            Ok(head) => head,
            Err(why) => return Ok(self.fault(format!("{why} in {:?}", String::from_utf8_lossy(&raw)))),
        };
        let path = head.target.split('?').next().unwrap_or_default().to_owned();
        let reply = self.note(|notes| notes.replies.get(&path).cloned());
        let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nok\n";
        let no_body = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\n";
        let usual = || if head.method == "HEAD" { no_body.to_vec() } else { ok.to_vec() };
        if let Some(Reply::Early(bytes)) = &reply {
            self.say(bytes).await?;
        }
        let mut taken = Taken { connection: self.number, raw, head: head.clone(), body: Vec::new(), trailers: Vec::new(), whole: false };
        let ended = self.body(&mut taken).await;
        taken.whole = ended.is_ok();
        self.note(|notes| notes.taken.push(taken));
        self.count.send_modify(|count| *count += 1);
        match ended {
            Ok(()) => {}
            Err(Broken::Ended) => return Err(Ended),
            Err(Broken::Fault(why)) => return Ok(self.fault(why)),
        }
        match reply {
            None => self.say(&usual()).await?,
            Some(Reply::After(bytes)) => self.say(&bytes).await?,
            Some(Reply::Early(_)) => {}
            Some(Reply::Switch) => return self.switch(&head).await,
        }
        Ok(true)
    }

    async fn body(&mut self, taken: &mut Taken) -> Result<(), Broken> {
        match taken.head.framing {
            Framing::Nothing => Ok(()),
            Framing::Length(length) => Ok(self.exactly(length, &mut taken.body).await?),
            Framing::Chunked => loop {
                let line = self.until(b"\r\n").await?;
                let size = chunk_size(&line[..line.len() - 2]);
                let size = size.ok_or_else(|| Broken::Fault(format!("chunk size {:?}", String::from_utf8_lossy(&line))))?;
                if size == 0 {
                    loop {
                        let line = self.until(b"\r\n").await?;
                        if line == b"\r\n" {
                            return Ok(());
                        }
                        taken.trailers.extend_from_slice(&line);
                    }
                }
                self.exactly(size, &mut taken.body).await?;
                let mut end = Vec::new();
                self.exactly(2, &mut end).await?;
                if end != b"\r\n" {
                    return Err(Broken::Fault(format!("a chunk that ends with {end:?}")));
                }
            },
        }
    }

    async fn switch(&mut self, head: &Head) -> Result<bool, Ended> {
        let key = head.one("sec-websocket-key").unwrap_or_default();
        let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        let early = std::mem::take(&mut self.unread);
        self.note(|notes| notes.faults.extend((!early.is_empty()).then(|| format!("bytes before the switch: {early:?}"))));
        self.say(answer.as_bytes()).await?;
        loop {
            self.more().await?;
            let bytes = std::mem::take(&mut self.unread);
            self.note(|notes| notes.tunnelled.extend_from_slice(&bytes));
            self.say(&bytes).await?;
        }
    }

    /// Reads until these bytes, and takes them along.
    async fn until(&mut self, end: &[u8]) -> Result<Vec<u8>, Ended> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|bytes| bytes == end) {
                let rest = self.unread.split_off(at + end.len());
                return Ok(std::mem::replace(&mut self.unread, rest));
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, mut length: usize, into: &mut Vec<u8>) -> Result<(), Ended> {
        loop {
            let now = length.min(self.unread.len());
            into.extend(self.unread.drain(..now));
            length -= now;
            if length == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), Ended> {
        match self.stream.read_buf(&mut self.unread).await {
            Ok(1..) => Ok(()),
            _ => Err(Ended),
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        self.stream.write_all(bytes).await.map_err(|_| Ended)
    }

    fn fault(&self, why: String) -> bool {
        self.note(|notes| notes.faults.push(why));
        false
    }

    fn note<T>(&self, write: impl FnOnce(&mut Notes) -> T) -> T {
        write(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

enum Broken {
    Ended,
    Fault(String),
}

impl From<Ended> for Broken {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}
