//! Answers to an ACME server that wants to see whose a name is: a text on the plain HTTP port (RFC 8555 section 8.3), or a certificate
//! of its own in a handshake for the protocol `acme-tls/1` (RFC 8737 section 3).

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use model::acme::Challenge;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Certificates;

/// Challenges that are open.
#[derive(Default)]
pub(super) struct Challenges {
    answers: HashMap<String, String>,
    pub(super) certificates: HashMap<String, Arc<CertifiedKey>>,
}

impl Challenges {
    fn of<'a>(open: impl Iterator<Item = &'a Challenge>) -> Self {
        let mut out = Self::default();
        for challenge in open {
            out.answers.insert(challenge.token.clone(), challenge.key_authorization.clone());
            match certificate(challenge) {
                Ok(key) => drop(out.certificates.insert(challenge.name.clone(), Arc::new(key))),
                Err(error) => tracing::warn!(server.name = challenge.name, %error, "no certificate for a challenge could be made"),
            }
        }
        out
    }
}

impl Certificates {
    /// Answers these challenges and no others.
    pub(crate) fn set_challenges<'a>(&self, open: impl Iterator<Item = &'a Challenge>) {
        self.challenges.store(Arc::new(Challenges::of(open)));
    }

    /// The answer to a challenge by its token.
    pub(crate) fn answer(&self, token: &str) -> Option<String> {
        self.challenges.load().answers.get(token).cloned()
    }
}

/// The certificates of challenges, for handshakes that ask for `acme-tls/1`.
#[derive(Debug)]
pub(crate) struct ChallengeCertificates(pub Arc<Certificates>);

impl ResolvesServerCert for ChallengeCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.challenges.load().certificates.get(hello.server_name()?).cloned()
    }
}

/// A self-signed certificate for the name, with the digest of the key authorization in it.
fn certificate(challenge: &Challenge) -> Result<CertifiedKey, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![challenge.name.clone()])?;
    let answer = digest(&SHA256, challenge.key_authorization.as_bytes());
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(answer.as_ref())];
    let certificate = params.self_signed(&key)?.der().clone();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let signer = any_supported_type(&private).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok(CertifiedKey::new(vec![certificate], signer))
}
