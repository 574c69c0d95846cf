//! The client of one WebSocket: opens it, answers for it until it ends.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc::{Receiver, UnboundedSender},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::{
    frames::{self, CLOSE, PING, PONG},
    origin::KEY,
    wire::{self, Stream},
};

/// Longest wait for the opening.
const PATIENCE: Duration = Duration::from_secs(60);
/// RFC 6455 section 5.3 wants it random where an attacker chooses what is sent; here nobody does.
const MASK: [u8; 4] = [0x3a, 0x91, 0x5c, 0x07];

/// What a socket tells.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// The answer to a ping came back.
    Pong(usize),
    /// It ended, with the code of a close frame where one came.
    Closed { socket: usize, at: Instant, code: Option<u16> },
}

/// Where a socket leads.
#[derive(Clone)]
pub struct Target {
    pub from: Ipv4Addr,
    pub to: SocketAddr,
    pub tls: Option<TlsConnector>,
    /// With the port that people see.
    pub host: String,
    pub token: String,
}

impl Target {
    /// Opens a WebSocket.
    pub async fn open(&self) -> Result<Box<dyn Stream>> {
        timeout(PATIENCE, self.opened()).await?
    }

    async fn opened(&self) -> Result<Box<dyn Stream>> {
        let mut stream = wire::connect(self.from, self.to, self.tls.as_ref(), &self.host).await?;
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\
             X-Forwarded-For: 198.51.100.7\r\nCookie: CF_Authorization={}\r\n\r\n",
            self.host, self.token
        );
        let (status, rest) = wire::ask(stream.as_mut(), &head).await?;
        if status != 101 || !rest.is_empty() {
            bail!("the WebSocket was answered {status}");
        }
        Ok(stream)
    }
}

/// Holds a socket until it ends; each order is a ping.
pub async fn hold(socket: usize, mut stream: Box<dyn Stream>, mut orders: Receiver<()>, events: UnboundedSender<Event>) {
    let (mut bytes, mut chunk, mut code) = (Vec::new(), [0; 128], None);
    loop {
        tokio::select! {
            read = stream.read(&mut chunk) => {
                let Ok(length @ 1..) = read else { break };
                bytes.extend_from_slice(&chunk[..length]);
                while let Ok(Some(frame)) = frames::take(&mut bytes) {
                    match frame.opcode {
                        PONG => drop(events.send(Event::Pong(socket))),
                        CLOSE => code = frame.close_code(),
                        _ => {}
                    }
                }
                if code.is_some() {
                    break;
                }
                bytes.shrink_to_fit();
            }
            Some(()) = orders.recv() => {
                let ping = frames::frame(PING, b"tide", Some(MASK));
                if stream.write_all(&ping).await.is_err() || stream.flush().await.is_err() {
                    break;
                }
            }
        }
    }
    // Nobody listens any more at the end of the run.
    let _ = events.send(Event::Closed { socket, at: Instant::now(), code });
}
