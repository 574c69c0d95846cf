//! The TLS handshake: by the name that the client asks for, a client certificate is asked for or not.
//!
//! Two settings that share nothing but the server's certificates: a session that was made without asking is never resumed where one is
//! asked for.

use std::sync::Arc;

use rustls::{ServerConfig, server::Acceptor};
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::{
    certificates::{AskForAny, Authorities, Certificates},
    wiring::StartError,
};

/// How connections are made.
#[derive(Clone)]
pub(crate) struct Tls {
    plain: Arc<ServerConfig>,
    asking: Arc<ServerConfig>,
}

impl Tls {
    pub(crate) fn new(certificates: &Arc<Certificates>) -> Result<Self, StartError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let begun = || ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let plain = begun()?.with_no_client_auth().with_cert_resolver(certificates.clone());
        let asking = begun()?.with_client_cert_verifier(Arc::new(AskForAny(provider.clone()))).with_cert_resolver(certificates.clone());
        let finished = |mut config: ServerConfig| {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Arc::new(config)
        };
        Ok(Self { plain: finished(plain), asking: finished(asking) })
    }

    /// Makes a connection; true when a client certificate was asked for.
    pub(crate) async fn accept(&self, stream: TcpStream, authorities: &Authorities) -> std::io::Result<(TlsStream<TcpStream>, bool)> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let name = start.client_hello().server_name().map(str::to_ascii_lowercase);
        let asks = name.is_some_and(|name| authorities.ask(&name));
        let config = if asks { &self.asking } else { &self.plain };
        Ok((start.into_stream(config.clone()).await?, asks))
    }
}
