//! TLS clients towards origins: one for all whose certificates the system's authorities vouch for, others by their settings.

use std::sync::Arc;

use model::upstream::{OriginProtocol, Upstream};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

use super::{Open, OriginError};
use crate::pool::Want;

/// The TLS client that trusts the system's authorities: made once, off the serving threads, for all workers.
#[derive(Default)]
pub(crate) struct SystemTls {
    config: OnceCell<Arc<ClientConfig>>,
}

impl SystemTls {
    async fn config(&self, control: &tokio::runtime::Handle) -> Result<Arc<ClientConfig>, OriginError> {
        let made = self.config.get_or_try_init(|| async {
            // Reading the system's authorities takes a while.
            let made = control.spawn_blocking(|| {
                let (builder, provider) = builder()?;
                let verifier = rustls_platform_verifier::Verifier::new(provider)?;
                Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()))
            });
            made.await.map_err(|_| OriginError::Stopping)?.map_err(OriginError::TlsSettings)
        });
        made.await.cloned()
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder() -> Result<(Builder, Arc<CryptoProvider>), rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok((ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?, provider))
}

/// The TLS clients of an application, by what may be agreed on.
pub(crate) struct TlsClients {
    any: TlsConnector,
    http1: TlsConnector,
}

impl TlsClients {
    /// By these settings.
    pub(crate) async fn new(upstream: &Upstream, by: &Open<'_>) -> Result<Self, OriginError> {
        let config = config(upstream, by).await?;
        let speaking = |protocols: &[&[u8]]| {
            let mut config = (*config).clone();
            config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
            TlsConnector::from(Arc::new(config))
        };
        let any: &[&[u8]] = match upstream.protocol {
            OriginProtocol::Http1 => &[b"http/1.1"],
            OriginProtocol::Http2 => &[b"h2"],
            OriginProtocol::Auto => &[b"h2", b"http/1.1"],
        };
        Ok(Self { any: speaking(any), http1: speaking(&[b"http/1.1"]) })
    }
    /// The one for this use.
    pub(crate) fn client(&self, want: Want) -> &TlsConnector {
        match want {
            Want::Any => &self.any,
            Want::Http1 | Want::Plain => &self.http1,
        }
    }
}

async fn config(upstream: &Upstream, by: &Open<'_>) -> Result<Arc<ClientConfig>, OriginError> {
    if upstream.tls.no_tls_verify {
        let (builder, provider) = builder().map_err(OriginError::TlsSettings)?;
        let verifier = Arc::new(AnyCertificate(provider));
        return Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()));
    }
    let Some(pem) = &upstream.tls.ca_pool else { return by.system_tls.config(by.control).await };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok));
    if added == 0 {
        return Err(OriginError::CaPool);
    }
    Ok(Arc::new(builder().map_err(OriginError::TlsSettings)?.0.with_root_certificates(roots).with_no_client_auth()))
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
