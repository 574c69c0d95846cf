//! Memory of connections that wait: each made one request and is kept.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::io::AsyncReadExt;

use super::load::{BROWSER, OTHER_COOKIES};
use crate::{
    wire::{self, Stream},
    world::{Authority, kernel},
};

/// What settles after a burst of connections.
const PAUSE: Duration = Duration::from_secs(1);
/// For connections to be such that rest: not those that have only just made their request.
const REST: Duration = Duration::from_secs(1);

/// Where connections go.
pub struct Visit<'a> {
    pub port: u16,
    /// TLS with this authority, or none.
    pub tls: Option<&'a Authority>,
    /// With the port that people see.
    pub host: &'a str,
    pub token: &'a str,
}

impl Visit<'_> {
    /// Resident memory with so many waiting connections more, in bytes for each.
    pub async fn memory(&self, processes: &[u32], connections: usize) -> Result<f64> {
        // The first one brings what is there once.
        drop(self.one().await?);
        tokio::time::sleep(PAUSE).await;
        let before = kernel::resident(processes);
        let mut kept = Vec::with_capacity(connections);
        for _ in 0..connections {
            kept.push(self.one().await?);
        }
        tokio::time::sleep(REST).await;
        let after = kernel::resident(processes);
        drop(kept);
        Ok((after as f64 - before as f64) / connections as f64)
    }

    /// A connection that made its request.
    async fn one(&self) -> Result<Box<dyn Stream>> {
        let tls = self.tls.map(wire::connector).transpose()?;
        let mut stream = wire::connect(Ipv4Addr::LOCALHOST, SocketAddr::from(([127, 0, 0, 1], self.port)), tls.as_ref(), self.host).await?;
        let (host, token) = (self.host, self.token);
        let head = format!(
            "GET /1k HTTP/1.1\r\nHost: {host}\r\n{}\r\nCookie: {OTHER_COOKIES}CF_Authorization={token}\r\n\r\n",
            BROWSER.join("\r\n")
        );
        let (status, mut body) = wire::ask(stream.as_mut(), &head).await?;
        while body.len() < 1024 {
            if stream.read_buf(&mut body).await? == 0 {
                bail!("the connection was closed after {} bytes", body.len());
            }
        }
        if status != 200 {
            bail!("the answer is {status}, not the application's");
        }
        Ok(stream)
    }
}
