//! Connections by hand: TCP, TLS where wanted, and the head of an HTTP/1.1 request.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpSocket,
};
use tokio_rustls::TlsConnector;

use crate::world::Authority;

/// Longest head of an answer.
const LONGEST: usize = 16 * 1024;

/// A connection, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A TLS client for HTTP/1.1 that trusts this authority and resumes nothing.
pub fn connector(authority: &Authority) -> Result<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).context("the authority is not PEM")?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Connects from an address of this machine; `host` may carry a port.
pub async fn connect(from: Ipv4Addr, to: SocketAddr, tls: Option<&TlsConnector>, host: &str) -> Result<Box<dyn Stream>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(to).await.with_context(|| format!("cannot connect to {to}"))?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let name = ServerName::try_from(host.split(':').next().unwrap_or_default().to_owned())?;
    Ok(Box::new(tls.connect(name, stream).await.context("no TLS")?))
}

/// Sends a head and reads the answer's: its status, and the bytes that came after it.
pub async fn ask(stream: &mut dyn Stream, head: &str) -> Result<(u16, Vec<u8>)> {
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::with_capacity(1024);
    loop {
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = answer.split_off(end + 4);
            let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
            return Ok((status.context("the answer is no HTTP")?, rest));
        }
        if answer.len() > LONGEST || stream.read_buf(&mut answer).await? == 0 {
            bail!("the answer has no end: {}", String::from_utf8_lossy(&answer));
        }
    }
}
