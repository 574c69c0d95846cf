//! Connections to origins: TCP or TLS, HTTP/1.1.

use std::{rc::Rc, sync::Arc, time::Duration};

use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use model::{AppId, upstream::Upstream};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::pool::{Lease, Pool};

/// The origin could not be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OriginError {
    #[error("connecting to the origin took longer than {0} ms")]
    Slow(u32),
    #[error("the origin could not be connected to")]
    Connect(#[source] std::io::Error),
    #[error("the origin's TLS settings cannot be used")]
    TlsSettings(#[source] rustls::Error),
    #[error("the origin's CA pool holds no usable certificate")]
    CaPool,
    #[error("the origin's server name is not valid")]
    ServerName,
    #[error("HTTP could not be begun with the origin")]
    Handshake(#[source] hyper::Error),
}

/// Opens a connection and starts its driver on this thread.
pub(crate) async fn connect(pool: &Rc<Pool>, app: AppId, upstream: &Arc<Upstream>) -> Result<Lease, OriginError> {
    let limit = Duration::from_millis(u64::from(upstream.connect_timeout_ms));
    tokio::time::timeout(limit, open(pool, app, upstream)).await.map_err(|_| OriginError::Slow(upstream.connect_timeout_ms))?
}

async fn open(pool: &Rc<Pool>, app: AppId, upstream: &Arc<Upstream>) -> Result<Lease, OriginError> {
    let tls = pool.tls(app, upstream, tls_client)?;
    let tcp = TcpStream::connect((upstream.url.host(), upstream.url.port())).await.map_err(OriginError::Connect)?;
    // Small requests must not wait for more data; a socket without the option still works.
    let _ = tcp.set_nodelay(true);
    match tls {
        None => handshake(tcp, pool, app, upstream).await,
        Some(client) => {
            let name = upstream.tls.server_name.as_deref().unwrap_or_else(|| upstream.url.host());
            let name = ServerName::try_from(name.to_owned()).map_err(|_| OriginError::ServerName)?;
            let stream = client.connect(name, tcp).await.map_err(OriginError::Connect)?;
            handshake(stream, pool, app, upstream).await
        }
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    pool: &Rc<Pool>,
    app: AppId,
    upstream: &Arc<Upstream>,
) -> Result<Lease, OriginError> {
    let (sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(72 * 1024)
        .handshake::<_, Incoming>(TokioIo::new(stream))
        .await
        .map_err(OriginError::Handshake)?;
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(error = %error, "an origin connection ended with an error");
        }
    });
    Ok(Lease::new(sender, pool, app, upstream))
}

fn tls_client(upstream: &Upstream) -> Result<Option<TlsConnector>, OriginError> {
    if !upstream.url.is_https() {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(OriginError::TlsSettings)?;
    let mut config = if upstream.tls.no_tls_verify {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))).with_no_client_auth()
    } else if let Some(pem) = &upstream.tls.ca_pool {
        let mut roots = rustls::RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok));
        if added == 0 {
            return Err(OriginError::CaPool);
        }
        builder.with_root_certificates(roots).with_no_client_auth()
    } else {
        let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(OriginError::TlsSettings)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

/// `noTLSVerify`: any certificate will do; the handshake's signatures are still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        m: &[u8],
        c: &CertificateDer<'_>,
        d: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(m, c, d, &self.0.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        m: &[u8],
        c: &CertificateDer<'_>,
        d: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(m, c, d, &self.0.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
