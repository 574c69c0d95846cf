//! The client's certificate and its private key: do they belong together, and until when are they good?

use model::{Secret, Timestamp};
use oidc::{
    assertion,
    jws::{KeyError, RsaKey},
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, public_key::PublicKey};

/// Largest PEM text looked at, in bytes.
const MAX_PEM: usize = 64 * 1024;

/// What there is to know of a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-1 thumbprint, hexadecimal: what Microsoft's admin centre lists under *Certificates*.
    pub thumbprint: String,
    /// SHA-256 thumbprint, base64url: what the assertions name.
    pub thumbprint_s256: String,
    /// Its subject, cut to 200 characters.
    pub subject: String,
    /// Good from.
    pub not_before: Timestamp,
    /// Good until.
    pub not_after: Timestamp,
}

/// Why a certificate and a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Too large.
    #[error("the PEM text has more than 64 KiB")]
    TooLarge,
    /// The certificate text holds a private key, and it is shown to those who may read the settings.
    #[error("there is a private key in the certificate's text: give the certificate alone, and the key as the credential")]
    KeyInCertificate,
    /// No certificate in it.
    #[error("the certificate is not a PEM text with a block BEGIN CERTIFICATE")]
    NoCertificate,
    /// Not X.509.
    #[error("the block BEGIN CERTIFICATE does not hold an X.509 certificate")]
    Unreadable,
    /// The key is encrypted.
    #[error("the private key is encrypted; decrypt it first (openssl pkcs8 -in key.pem -out plain.pem)")]
    EncryptedKey,
    /// The key is not in PKCS #8.
    #[error(
        "the private key is not PKCS #8 in PEM (BEGIN PRIVATE KEY); convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem -out plain.pem"
    )]
    NotPkcs8,
    /// The key is of another kind or size.
    #[error("the private key cannot be used: {0}")]
    Key(KeyError),
    /// The certificate is not one for an RSA key.
    #[error("the certificate is not for an RSA key; Microsoft Entra takes RSA keys of 2048 to 4096 bits")]
    NotRsa,
    /// They do not belong together.
    #[error("the private key does not belong to the certificate with thumbprint {0}")]
    Mismatch(String),
}

/// Checks that `key` (PKCS #8, PEM) belongs to the certificate (PEM; the first one counts) and can sign assertions. Whether it is in
/// its time is for the caller, who knows the time.
pub fn check_certificate(certificate_pem: &str, key: &Secret) -> Result<CertificateFacts, CertificateError> {
    Pair::read(certificate_pem, key).map(|pair| pair.facts)
}

/// A certificate and its key, ready to sign.
pub(crate) struct Pair {
    pub(crate) key: RsaKey,
    pub(crate) certificate: Vec<u8>,
    facts: CertificateFacts,
}

impl Pair {
    pub(crate) fn read(certificate_pem: &str, key: &Secret) -> Result<Self, CertificateError> {
        let (certificate, facts, public) = read_certificate(certificate_pem)?;
        let key = read_key(key)?;
        if key.modulus_exponent() != public {
            return Err(CertificateError::Mismatch(facts.thumbprint));
        }
        Ok(Self { key, certificate, facts })
    }
}

type Public = (String, String);

fn read_certificate(pem: &str) -> Result<(Vec<u8>, CertificateFacts, Public), CertificateError> {
    if pem.len() > MAX_PEM {
        return Err(CertificateError::TooLarge);
    }
    if pem.contains("PRIVATE KEY") {
        return Err(CertificateError::KeyInCertificate);
    }
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NoCertificate)?;
    let (rest, parsed) = X509Certificate::from_der(&der).map_err(|_| CertificateError::Unreadable)?;
    if !rest.is_empty() {
        return Err(CertificateError::Unreadable);
    }
    let Ok(PublicKey::RSA(rsa)) = parsed.public_key().parsed() else {
        return Err(CertificateError::NotRsa);
    };
    let public = (number(rsa.modulus), number(rsa.exponent));
    let facts = CertificateFacts {
        thumbprint: assertion::listed_thumbprint(&der),
        thumbprint_s256: assertion::thumbprint(&der),
        subject: crate::error::tame(&parsed.subject().to_string()).chars().take(200).collect(),
        not_before: Timestamp::from_secs(parsed.validity().not_before.timestamp()),
        not_after: Timestamp::from_secs(parsed.validity().not_after.timestamp()),
    };
    Ok((der.to_vec(), facts, public))
}

/// Without leading zeros, base64url: as a JWK writes it.
fn number(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    URL_SAFE_NO_PAD.encode(bytes.get(start..).unwrap_or_default())
}

fn read_key(key: &Secret) -> Result<RsaKey, CertificateError> {
    let pem = key.expose();
    if pem.len() > MAX_PEM {
        return Err(CertificateError::TooLarge);
    }
    if pem.contains("ENCRYPTED") {
        return Err(CertificateError::EncryptedKey);
    }
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NotPkcs8)?;
    RsaKey::from_pkcs8(der.secret_pkcs8_der()).map_err(CertificateError::Key)
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

    use super::*;

    fn pair() -> &'static (String, Secret) {
        static PAIR: OnceLock<(String, Secret)> = OnceLock::new();
        PAIR.get_or_init(|| {
            let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
            let mut params = CertificateParams::new(vec!["doorward.harbourworks.example".into()]).unwrap();
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2028, 1, 1);
            (params.self_signed(&key).unwrap().pem(), Secret::new(key.serialize_pem()))
        })
    }

    #[test]
    fn a_pair_that_belongs_together_tells_thumbprint_and_end() {
        let (certificate, key) = pair();
        let facts = check_certificate(certificate, key).unwrap();
        assert_eq!((facts.thumbprint.len(), facts.thumbprint_s256.len()), (40, 43));
        assert_eq!(facts.not_after.rfc3339(), "2028-01-01T00:00:00Z");
        assert!(facts.not_before < facts.not_after && !facts.subject.is_empty());
        let chain = format!("a comment\r\n{certificate}\n{certificate}");
        assert_eq!(check_certificate(&chain, key).unwrap(), facts);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (certificate, key) = pair();
        let other = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap().serialize_pem();
        let elliptic = KeyPair::generate().unwrap();
        let curve = CertificateParams::new(vec![]).unwrap().self_signed(&elliptic).unwrap().pem();
        let both = format!("{certificate}{}", key.expose());
        let pkcs1 = key.expose().replace("PRIVATE KEY", "RSA PRIVATE KEY");
        let locked = key.expose().replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        for (certificate, key, word) in [
            (certificate.as_str(), other.as_str(), "does not belong"),
            (certificate, elliptic.serialize_pem().as_str(), "not a PKCS#8 RSA"),
            (certificate, pkcs1.as_str(), "openssl pkcs8 -topk8"),
            (certificate, locked.as_str(), "encrypted"),
            (certificate, "", "BEGIN PRIVATE KEY"),
            (curve.as_str(), key.expose(), "not for an RSA key"),
            (both.as_str(), key.expose(), "private key in the certificate"),
            ("", key.expose(), "BEGIN CERTIFICATE"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key.expose(), "X.509"),
            (&"x".repeat(70_000), key.expose(), "64 KiB"),
        ] {
            let error = check_certificate(certificate, &Secret::new(key)).unwrap_err().to_string();
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
