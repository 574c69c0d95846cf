//! Client certificates (mTLS): which hosts ask for one, and whether an authority of the host vouches for the one that was shown.
//!
//! Who shows a certificate proves in the handshake that it is theirs; what it is worth is judged for each host and configuration
//! anew, so that an authority that was taken away is not trusted by anybody any more, resumed sessions and open connections included.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use base64::{Engine, engine::general_purpose::STANDARD};
use guard::{
    Guard,
    certificate::{CertificateFault, ClientCertificate, Shown},
};
use model::{CertificateId, Timestamp, certificate::Certificate};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use rustls_pki_types::{CertificateDer, UnixTime, pem::PemObject};
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

/// Most certificates in a chain that a client may show.
const LONGEST_CHAIN: usize = 8;

/// Asks for a certificate and takes any, or none, as long as the client holds its key.
#[derive(Debug)]
pub(crate) struct AskForAny(pub Arc<CryptoProvider>);

impl ClientCertVerifier for AskForAny {
    fn client_auth_mandatory(&self) -> bool {
        false
    }
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn verify_client_cert(&self, _: &CertificateDer<'_>, more: &[CertificateDer<'_>], _: UnixTime) -> Result<ClientCertVerified, Error> {
        if more.len() < LONGEST_CHAIN { Ok(ClientCertVerified::assertion()) } else { Err(Error::General("the chain is too long".into())) }
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The authorities by host, brought up to date when the configuration changed.
pub(crate) struct Authorities {
    guard: Guard,
    provider: Arc<CryptoProvider>,
    held: ArcSwap<Held>,
}

#[derive(Default)]
struct Held {
    version: Option<u64>,
    exact: HashMap<String, Vec<Arc<Authority>>>,
    /// Behind `*.`, which stands for one label.
    below: HashMap<String, Vec<Arc<Authority>>>,
}

struct Authority {
    id: CertificateId,
    anchors: Vec<Anchor>,
}

/// One certificate of an authority's bundle, and the time in which it counts.
struct Anchor {
    verifier: Arc<dyn ClientCertVerifier>,
    from: i64,
    until: i64,
}

impl Authorities {
    pub(crate) fn new(guard: Guard, provider: Arc<CryptoProvider>) -> Self {
        Self { guard, provider, held: ArcSwap::default() }
    }

    /// The version of the configuration that the next judgement follows.
    pub(crate) fn version(&self) -> u64 {
        self.guard.version()
    }

    /// True when a host asks for a certificate. Lower case, without port.
    pub(crate) fn ask(&self, host: &str) -> bool {
        self.held().of(host).next().is_some()
    }

    /// What a chain is worth on a host now.
    pub(crate) fn judge(&self, host: &str, chain: &[CertificateDer<'_>], now: Timestamp) -> ClientCertificate {
        let held = self.held();
        let mut authorities = held.of(host).peekable();
        if authorities.peek().is_none() {
            return ClientCertificate::NotAsked;
        }
        let Some((first, more)) = chain.split_first() else { return ClientCertificate::Missing };
        let Some(shown) = read(first) else { return ClientCertificate::Missing };
        let mut fault = CertificateFault::UnknownAuthority;
        for authority in authorities {
            match authority.judge(first, more, now) {
                Ok(()) => return ClientCertificate::Verified(authority.id, Arc::new(shown)),
                // Another authority's certificate says nothing about what is wrong with it.
                Err(CertificateFault::UnknownAuthority) => {}
                Err(other) => fault = other,
            }
        }
        ClientCertificate::Refused(Arc::new(shown), fault)
    }

    fn held(&self) -> Arc<Held> {
        let held = self.held.load();
        if held.version == Some(self.guard.version()) {
            return Arc::clone(&held);
        }
        let snapshot = self.guard.compiled().snapshot.clone();
        let mut fresh = Held { version: Some(snapshot.version), ..Held::default() };
        for certificate in snapshot.certificates.values().filter(|c| !c.associated_hostnames.is_empty()) {
            let authority = Arc::new(authority(&self.provider, certificate));
            for host in &certificate.associated_hostnames {
                let (hosts, name) = match host.strip_prefix("*.") {
                    Some(parent) => (&mut fresh.below, parent),
                    None => (&mut fresh.exact, host.as_str()),
                };
                hosts.entry(name.to_ascii_lowercase()).or_default().push(authority.clone());
            }
        }
        let fresh = Arc::new(fresh);
        self.held.store(fresh.clone());
        fresh
    }
}

impl Held {
    fn of(&self, host: &str) -> impl Iterator<Item = &Arc<Authority>> {
        let below = if self.below.is_empty() { None } else { host.split_once('.').and_then(|(_, parent)| self.below.get(parent)) };
        self.exact.get(host).into_iter().chain(below).flatten()
    }
}

impl Authority {
    /// Chain, times and purpose (RFC 5280; a certificate without extended key usage is for every purpose, section 4.2.1.12).
    fn judge(&self, first: &CertificateDer<'_>, more: &[CertificateDer<'_>], now: Timestamp) -> Result<(), CertificateFault> {
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.secs()).unwrap_or(0)));
        let mut fault = CertificateFault::UnknownAuthority;
        for anchor in self.anchors.iter().filter(|a| (a.from..=a.until).contains(&now.secs())) {
            match anchor.verifier.verify_client_cert(first, more, at) {
                Ok(_) => return Ok(()),
                Err(error) => match fault_of(&error) {
                    CertificateFault::UnknownAuthority => {}
                    other => fault = other,
                },
            }
        }
        Err(fault)
    }
}

/// An authority without a usable certificate vouches for nobody; its hosts ask all the same.
fn authority(provider: &Arc<CryptoProvider>, certificate: &Certificate) -> Authority {
    let mut anchors = Vec::new();
    for der in CertificateDer::pem_slice_iter(certificate.pem.as_bytes()) {
        let anchor = der.ok().and_then(|der| anchor(provider, &der));
        if anchor.is_none() {
            tracing::warn!(certificate.id = %certificate.id, "a certificate of an authority for client certificates is not usable");
        }
        anchors.extend(anchor);
    }
    Authority { id: certificate.id, anchors }
}

fn anchor(provider: &Arc<CryptoProvider>, der: &CertificateDer<'_>) -> Option<Anchor> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let validity = parsed.validity();
    let mut roots = RootCertStore::empty();
    roots.add(der.clone().into_owned()).ok()?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().ok()?;
    Some(Anchor { verifier, from: validity.not_before.timestamp(), until: validity.not_after.timestamp() })
}

fn fault_of(error: &Error) -> CertificateFault {
    use rustls::CertificateError as E;
    match error {
        Error::InvalidCertificate(E::Expired | E::ExpiredContext { .. }) => CertificateFault::Expired,
        Error::InvalidCertificate(E::NotValidYet | E::NotValidYetContext { .. }) => CertificateFault::NotYetValid,
        Error::InvalidCertificate(E::UnknownIssuer | E::BadSignature) => CertificateFault::UnknownAuthority,
        Error::InvalidCertificate(E::InvalidPurpose | E::InvalidPurposeContext { .. }) => CertificateFault::WrongPurpose,
        _ => CertificateFault::Unusable,
    }
}

fn read(der: &CertificateDer<'_>) -> Option<Shown> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let mut names = parsed.subject().iter_common_name();
    let common_name = match (names.next(), names.next()) {
        (Some(one), None) => one.as_str().ok().map(str::to_owned),
        _ => None,
    };
    let issuer_key = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(named) => named.key_identifier.as_ref().map(|key| hex::encode(key.0)),
        _ => None,
    });
    Some(Shown {
        common_name,
        issuer: parsed.issuer().to_string(),
        serial: hex::encode(parsed.raw_serial()),
        issuer_key: issuer_key.unwrap_or_default(),
        sha256: hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der)),
        der: STANDARD.encode(der),
        expires_at: Timestamp::from_secs(parsed.validity().not_after.timestamp()),
    })
}

#[cfg(test)]
mod tests;
