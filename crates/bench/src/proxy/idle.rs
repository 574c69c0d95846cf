//! Memory of connections that wait: each made one request and is kept.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::load::{BROWSER, OTHER_COOKIES};
use crate::world::{Authority, kernel};

/// What settles after a burst of connections.
const PAUSE: Duration = Duration::from_secs(1);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

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
        tokio::time::sleep(PAUSE).await;
        let after = kernel::resident(processes);
        drop(kept);
        Ok((after as f64 - before as f64) / connections as f64)
    }

    /// A connection that made its request.
    async fn one(&self) -> Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let mut stream: Box<dyn Stream> = match self.tls {
            None => Box::new(stream),
            Some(authority) => {
                let name = self.host.split(':').next().unwrap_or_default().to_owned();
                Box::new(connector(authority, &[b"http/1.1"])?.connect(ServerName::try_from(name)?, stream).await?)
            }
        };
        let (host, token) = (self.host, self.token);
        let head = format!(
            "GET /1k HTTP/1.1\r\nHost: {host}\r\n{}\r\nCookie: {OTHER_COOKIES}CF_Authorization={token}\r\n\r\n",
            BROWSER.join("\r\n")
        );
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::with_capacity(2048);
        while !answer.windows(4).any(|four| four == b"\r\n\r\n") || answer.len() < 1024 {
            if stream.read_buf(&mut answer).await? == 0 {
                bail!("the connection was closed: {}", String::from_utf8_lossy(&answer));
            }
        }
        if !answer.starts_with(b"HTTP/1.1 200") {
            bail!("the answer is not the application's: {}", String::from_utf8_lossy(&answer));
        }
        Ok(stream)
    }
}

/// A TLS client that trusts this authority and resumes nothing.
pub fn connector(authority: &Authority, protocols: &[&[u8]]) -> Result<TlsConnector> {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).context("the authority is not PEM")?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}
