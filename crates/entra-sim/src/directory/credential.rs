//! Owns an application's certificates and federated credentials: what it proves itself with instead of a secret.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::clock::Stamp;

/// Why a certificate cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not base64, PEM or DER of a certificate.
    #[error("the key is not a certificate in base64 (DER or PEM)")]
    Unreadable,
    /// Assertions are signed with RSA.
    #[error("the certificate's key is not an RSA key")]
    NotRsa,
}

/// A registered certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyCredential {
    /// Its id.
    pub key_id: Uuid,
    /// Name given by the administrator, else the certificate's subject.
    pub display_name: Option<String>,
    /// Valid from.
    pub start_date_time: Stamp,
    /// Valid until.
    pub end_date_time: Stamp,
    /// The certificate, DER in base64.
    pub key: String,
}

impl KeyCredential {
    /// Registers a certificate for as long as it is valid itself.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        let der = CertificateDer::from_pem_slice(bytes).map_or_else(|_| bytes.to_vec(), |found| found.to_vec());
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| CertificateError::Unreadable)?;
        if !matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(_))) {
            return Err(CertificateError::NotRsa);
        }
        let moment = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).map(Stamp::new).map_err(|_| CertificateError::Unreadable);
        Ok(Self {
            key_id: Uuid::new_v4(),
            display_name: Some(certificate.subject().to_string()),
            start_date_time: moment(certificate.validity().not_before.timestamp())?,
            end_date_time: moment(certificate.validity().not_after.timestamp())?,
            key: STANDARD.encode(&der),
        })
    }

    fn der(&self) -> Vec<u8> {
        STANDARD.decode(&self.key).unwrap_or_default()
    }

    fn print(&self, algorithm: &'static Algorithm) -> Vec<u8> {
        digest(algorithm, &self.der()).as_ref().to_vec()
    }

    /// `x5t`: the SHA-1 thumbprint in base64url.
    pub fn sha1(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.print(&SHA1_FOR_LEGACY_USE_ONLY))
    }

    /// `x5t#S256`: the SHA-256 thumbprint in base64url.
    pub fn sha256(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.print(&SHA256))
    }

    /// The RSA public key as RFC 8017's RSAPublicKey.
    pub fn public_key(&self) -> Option<Vec<u8>> {
        let der = self.der();
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        Some(certificate.public_key().subject_public_key.data.to_vec())
    }

    /// Graph's JSON, without the certificate.
    pub fn graph(&self) -> Value {
        json!({
            "customKeyIdentifier": STANDARD.encode(self.print(&SHA1_FOR_LEGACY_USE_ONLY)),
            "displayName": self.display_name,
            "endDateTime": self.end_date_time.graph(),
            "key": null,
            "keyId": self.key_id,
            "startDateTime": self.start_date_time.graph(),
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
        })
    }
}

/// The audience that assertions of other issuers carry.
pub const EXCHANGE: &str = "api://AzureADTokenExchange";

/// Trust in another issuer's tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FederatedCredential {
    /// Its id.
    #[serde(default = "Uuid::new_v4")]
    pub id: Uuid,
    /// Its name, unique in the application.
    pub name: String,
    /// The issuer, compared exactly.
    pub issuer: String,
    /// The subject, compared exactly.
    pub subject: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// Audiences; exactly one.
    #[serde(default = "exchange")]
    pub audiences: Vec<String>,
    /// The issuer's keys; fetched from the issuer when absent.
    #[serde(default)]
    pub jwks: Option<Value>,
}

fn exchange() -> Vec<String> {
    vec![EXCHANGE.to_owned()]
}

impl FederatedCredential {
    /// Graph's JSON.
    pub fn graph(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "issuer": self.issuer,
            "subject": self.subject,
            "description": self.description,
            "audiences": self.audiences,
        })
    }
}
