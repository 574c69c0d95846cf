//! How the box is reached: every name is this machine, and one authority signs for all of it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Certificate, Client, Identity,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{clock::Clock, must::Must};

/// Which HTTP a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, agreed upon in the handshake.
    Http2,
}

/// The way into the box.
#[derive(Clone)]
pub struct Network {
    ca_pem: Arc<str>,
    clock: Clock,
}

struct Everywhere;

impl Resolve for Everywhere {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Addrs = Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0))));
        Box::pin(std::future::ready(Ok(here)))
    }
}

impl Network {
    pub(crate) fn new(ca_pem: &str, clock: Clock) -> Self {
        Self { ca_pem: ca_pem.into(), clock }
    }

    /// The clock of the box.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// An HTTP client that trusts the box only, follows nothing and keeps no cookies.
    pub fn client(&self, speech: Speech) -> Client {
        self.client_showing(speech, None)
    }

    /// The same with a client certificate: its chain and its key, as PEM.
    pub fn client_showing(&self, speech: Speech, certificate: Option<&str>) -> Client {
        let root = Certificate::from_pem(self.ca_pem.as_bytes()).must("the authority's certificate");
        let builder = Client::builder()
            .tls_certs_only([root])
            .no_proxy()
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(Everywhere))
            .timeout(Duration::from_secs(20));
        let builder = match speech {
            Speech::Http1 => builder.http1_only(),
            Speech::Http2 => builder,
        };
        let builder = match certificate {
            Some(pem) => builder.identity(Identity::from_pem(pem.as_bytes()).must("a client certificate")),
            None => builder,
        };
        builder.build().must("an HTTP client")
    }

    /// A TLS connection that names `sni` in its handshake and offers these protocols.
    pub async fn tls(&self, sni: &str, port: u16, protocols: &[&str]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(self.ca_pem.as_bytes()) {
            roots.add(certificate.must("a certificate")).must("a root");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().must("TLS versions");
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.must("a connection");
        tcp.set_nodelay(true).must("no delay");
        let name = ServerName::try_from(sni.to_owned()).must("a server name");
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await.must("a TLS handshake")
    }
}
