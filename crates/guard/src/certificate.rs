//! Client certificates (mTLS): what came of asking for one, as facts for rules and as the sign-in carries it.
//!
//! The listener asks and checks; a bad certificate, or none, is a fact like another and ends no connection.

use std::sync::Arc;

use http::HeaderValue;
use model::{CertificateId, Timestamp};
use policy::{Fact, Presented};
use serde::{Deserialize, Serialize};

/// Longest text about a certificate that is passed on, in characters.
const LONGEST: usize = 256;
/// Largest certificate that is told to an origin, in bytes of its DER form.
const LARGEST_FORWARDED: usize = 8 * 1024;

/// A certificate as it was shown. Everything in it is its maker's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Common name of the subject, when there is exactly one.
    pub common_name: Option<String>,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Key id of the issuer, hexadecimal; empty when the certificate does not name it.
    pub issuer_key: String,
    /// SHA-256 of the DER form, hexadecimal.
    pub sha256: String,
    /// The DER form, base64.
    pub der: String,
    /// End of its validity.
    pub expires_at: Timestamp,
}

impl Shown {
    /// The two headers by which an origin learns of the certificate; `None` when it is too large for one.
    pub(crate) fn headers(&self) -> Option<[HeaderValue; 2]> {
        let fits = self.der.len() <= LARGEST_FORWARDED / 3 * 4;
        let header = |text: &str| HeaderValue::from_str(text).ok().filter(|_| fits);
        Some([header(&self.der)?, header(&self.sha256)?])
    }
}

/// Why a certificate does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not begun.
    #[error("not-yet-valid")]
    NotYetValid,
    /// No authority of the host vouches for it.
    #[error("unknown-authority")]
    UnknownAuthority,
    /// It is not for clients.
    #[error("wrong-purpose")]
    WrongPurpose,
    /// It cannot be read, or breaks a rule of X.509.
    #[error("unusable")]
    Unusable,
}

/// What came of asking for a certificate.
#[derive(Debug, Clone, Default)]
pub enum ClientCertificate {
    /// The host asks for none.
    #[default]
    NotAsked,
    /// Asked for, and none shown.
    Missing,
    /// Shown, and it does not count.
    Refused(Arc<Shown>, CertificateFault),
    /// An authority of the host vouches for it.
    Verified(CertificateId, Arc<Shown>),
}

impl ClientCertificate {
    /// The fact for rules.
    pub fn fact(&self) -> Fact<Option<Presented<'_>>> {
        match self {
            Self::NotAsked => Fact::Unknown,
            Self::Missing | Self::Refused(..) => Fact::Known(None),
            Self::Verified(authority, shown) => {
                Fact::Known(Some(Presented { authority: *authority, common_name: shown.common_name.as_deref() }))
            }
        }
    }

    /// The certificate that counts.
    pub fn verified(&self) -> Option<(CertificateId, &Arc<Shown>)> {
        match self {
            Self::Verified(authority, shown) => Some((*authority, shown)),
            Self::NotAsked | Self::Missing | Self::Refused(..) => None,
        }
    }

    /// As `meta` and the identity tell it.
    pub fn told(&self) -> MtlsAuth {
        let (shown, auth_status, authority) = match self {
            Self::NotAsked => return MtlsAuth::default(),
            Self::Missing => return MtlsAuth { asked: true, ..MtlsAuth::default() },
            Self::Refused(shown, fault) => (shown, format!("FAILED:{fault}"), None),
            Self::Verified(authority, shown) => (shown, "SUCCESS".to_owned(), Some(*authority)),
        };
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        MtlsAuth {
            cert_issuer_dn: cut(&shown.issuer),
            cert_serial: cut(&shown.serial),
            cert_issuer_ski: cut(&shown.issuer_key),
            cert_presented: true,
            // A name that is cut is another name.
            common_name: shown.common_name.as_deref().filter(|name| name.chars().count() <= LONGEST).unwrap_or_default().to_owned(),
            auth_status,
            asked: true,
            authority,
        }
    }
}

/// The client certificate of a request, as `meta` tells it. Names of Cloudflare Access, but for the last two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MtlsAuth {
    /// Distinguished name of its issuer.
    pub cert_issuer_dn: String,
    /// Serial number.
    pub cert_serial: String,
    /// Key id of its issuer.
    pub cert_issuer_ski: String,
    /// One was presented.
    pub cert_presented: bool,
    /// Common name.
    pub common_name: String,
    /// `NONE`, `SUCCESS`, or `FAILED:` and why.
    pub auth_status: String,
    /// The host asked for one.
    #[serde(default, rename = "dw_asked")]
    pub asked: bool,
    /// The authority that vouches for it.
    #[serde(default, rename = "dw_authority", skip_serializing_if = "Option::is_none")]
    pub authority: Option<CertificateId>,
}

impl Default for MtlsAuth {
    /// None was asked for.
    fn default() -> Self {
        Self {
            cert_issuer_dn: String::new(),
            cert_serial: String::new(),
            cert_issuer_ski: String::new(),
            cert_presented: false,
            common_name: String::new(),
            auth_status: "NONE".into(),
            asked: false,
            authority: None,
        }
    }
}

impl MtlsAuth {
    /// The fact for rules, of the request that began the sign-in.
    pub fn fact(&self) -> Fact<Option<Presented<'_>>> {
        match self.authority {
            _ if !self.asked => Fact::Unknown,
            None => Fact::Known(None),
            Some(authority) => {
                let common_name = Some(self.common_name.as_str()).filter(|name| !name.is_empty());
                Fact::Known(Some(Presented { authority, common_name }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Arc<Shown> {
        let text = str::to_owned;
        Arc::new(Shown {
            common_name: Some(text("berth-3")),
            issuer: text("CN=Harbour Works clients"),
            serial: text("0a"),
            issuer_key: String::new(),
            sha256: text("00"),
            der: text("AA=="),
            expires_at: Timestamp::from_secs(1),
        })
    }

    #[test]
    fn what_a_sign_in_carries_is_the_fact_of_the_request_that_began_it() {
        let authority = CertificateId::random();
        for (certificate, status) in [
            (ClientCertificate::NotAsked, "NONE"),
            (ClientCertificate::Missing, "NONE"),
            (ClientCertificate::Refused(shown(), CertificateFault::Expired), "FAILED:expired"),
            (ClientCertificate::Verified(authority, shown()), "SUCCESS"),
        ] {
            let told = certificate.told();
            assert_eq!(told.auth_status, status);
            let carried: MtlsAuth = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
            assert_eq!(carried.fact(), certificate.fact(), "{status}");
        }
    }

    #[test]
    fn a_meta_without_the_newer_members_is_one_without_a_certificate() {
        let old =
            r#"{"cert_issuer_dn":"","cert_serial":"","cert_issuer_ski":"","cert_presented":false,"common_name":"","auth_status":"NONE"}"#;
        assert_eq!(serde_json::from_str::<MtlsAuth>(old).unwrap(), MtlsAuth::default());
        assert_eq!(MtlsAuth::default().fact(), Fact::Unknown);
    }
}
