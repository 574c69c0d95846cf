//! Certificate authorities for client certificates (mTLS), and how hosts treat such certificates.

use serde::{Deserialize, Serialize};

use crate::{CertificateId, Timestamp};

/// An authority whose client certificates are taken on its hosts ("Mutual TLS" of Cloudflare One).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Id.
    pub id: CertificateId,
    /// Name.
    pub name: String,
    /// The authority's certificate (or bundle) as PEM.
    pub pem: String,
    /// As the contract has it: MD5 of the DER form, upper-case hexadecimal with colons. A label, never a proof.
    pub fingerprint: String,
    /// End of the authority's validity.
    pub expires_on: Timestamp,
    /// Hosts on which its certificates are taken; lower case, without port.
    pub associated_hostnames: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a host does with client certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostnameSettings {
    /// The host.
    pub hostname: String,
    /// Kept as given; there is no such network here.
    pub china_network: bool,
    /// The certificate is told to the origin in a header.
    pub client_certificate_forwarding: bool,
}
