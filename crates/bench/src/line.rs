//! A keep-alive connection to the server under test: HTTP/1.1 over TLS, one request after the other.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Longest wait for an answer; the server itself gives up before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the server is, and what its certificate is checked against.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    tls: TlsConnector,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Server {
    pub fn new(host: &str, port: u16, authority_pem: &[u8]) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority_pem).context("the server's authority is not PEM")?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { host: host.to_owned(), port, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Opens a connection that sends this bearer token.
    pub async fn connect(&self, bearer: &str) -> Result<Line> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        let stream = self.tls.connect(ServerName::try_from(self.host.clone())?, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Line { sender, host: format!("{}:{}", self.host, self.port), bearer: format!("Bearer {bearer}") })
    }
}

/// An open connection.
pub struct Line {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    bearer: String,
}

impl Line {
    /// Sends a request and reads the whole answer.
    pub async fn send(&mut self, method: Method, path: &str, body: impl Into<Bytes>) -> Result<Answer> {
        let body: Bytes = body.into();
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, &self.host).header(header::AUTHORIZATION, &self.bearer);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        }
        let request = request.body(Full::new(body))?;
        let exchange = async {
            self.sender.ready().await?;
            let (parts, body) = self.sender.send_request(request).await?.into_parts();
            Ok::<_, hyper::Error>(Answer { status: parts.status, body: body.collect().await?.to_bytes() })
        };
        Ok(tokio::time::timeout(PATIENCE, exchange).await.with_context(|| format!("no answer to {path}"))??)
    }

    /// The same, when only one status will do.
    pub async fn expect(&mut self, status: u16, method: Method, path: &str, body: impl Into<Bytes>) -> Result<Bytes> {
        let what = format!("{method} {path}");
        let answer = self.send(method, path, body).await?;
        if answer.status.as_u16() != status {
            bail!("{what} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body).chars().take(400).collect::<String>());
        }
        Ok(answer.body)
    }
}
