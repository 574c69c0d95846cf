//! TLS clients towards origins: one for all whose certificates the system's authorities vouch for, others by their settings.

use std::sync::Arc;

use model::upstream::Upstream;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

use super::OriginError;

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
                Ok(finish(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()))
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

fn finish(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// The TLS client of an upstream; none for plain HTTP.
pub(crate) async fn client(
    upstream: &Upstream,
    system: &SystemTls,
    control: &tokio::runtime::Handle,
) -> Result<Option<TlsConnector>, OriginError> {
    if !upstream.url.is_https() {
        return Ok(None);
    }
    let config = if upstream.tls.no_tls_verify {
        let (builder, provider) = builder().map_err(OriginError::TlsSettings)?;
        finish(builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))).with_no_client_auth())
    } else if let Some(pem) = &upstream.tls.ca_pool {
        let mut roots = rustls::RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok));
        if added == 0 {
            return Err(OriginError::CaPool);
        }
        finish(builder().map_err(OriginError::TlsSettings)?.0.with_root_certificates(roots).with_no_client_auth())
    } else {
        system.config(control).await?
    };
    Ok(Some(TlsConnector::from(config)))
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
