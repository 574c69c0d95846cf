//! Certificates and keys in PEM files, and whether the files changed since they were read.

use std::{fs, io, path::Path, path::PathBuf, sync::Arc, time::SystemTime};

use model::Timestamp;
use rustls::{crypto::aws_lc_rs::sign::any_supported_type, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::config::{CertificateFiles, ConfigFault};

/// A certificate that was read.
#[derive(Clone)]
pub(super) struct Loaded {
    pub key: Arc<CertifiedKey>,
    /// Lower case; a wildcard as it stands in the certificate.
    pub names: Vec<String>,
    pub not_after: Timestamp,
}

/// What a certificate says.
pub(crate) struct Facts {
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// How a file looked when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    path: PathBuf,
    state: Option<(SystemTime, u64)>,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        let state = fs::metadata(path).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
        Self { path: path.to_owned(), state }
    }
    /// True when the file looks different now.
    pub(super) fn is_outdated(&self) -> bool {
        *self != Self::of(&self.path)
    }
}

/// Reads every pair; every fault with its key path.
pub(super) fn read(list: &[CertificateFiles]) -> Result<Vec<Loaded>, Vec<ConfigFault>> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (number, entry) in list.iter().enumerate() {
        let fault = |member: &str, path: &Path, message: String| ConfigFault {
            path: format!("tls.certificates[{number}].{member}"),
            message: format!("{} {message}", path.display()),
        };
        match one(entry) {
            Ok(loaded) => read.push(loaded),
            Err((Part::Certificate, message)) => faults.push(fault("certificate", &entry.certificate, message)),
            Err((Part::Key, message)) => faults.push(fault("key", &entry.key, message)),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

enum Part {
    Certificate,
    Key,
}

fn one(entry: &CertificateFiles) -> Result<Loaded, (Part, String)> {
    let read = |path: &Path| fs::read(path).map_err(|e: io::Error| format!("could not be read: {e}"));
    let chain = read(&entry.certificate).map_err(|m| (Part::Certificate, m))?;
    let private = read(&entry.key).map_err(|m| (Part::Key, m))?;
    pair(&chain, &private)
}

fn pair(chain: &[u8], private: &[u8]) -> Result<Loaded, (Part, String)> {
    let in_chain = |m: &str| (Part::Certificate, m.to_owned());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|e| (Part::Certificate, format!("is not a PEM certificate: {e}")))?;
    let first = chain.first().ok_or_else(|| in_chain("holds no certificate"))?;
    let facts = facts(first).ok_or_else(|| in_chain("is not an X.509 certificate"))?;
    if facts.names.is_empty() {
        return Err(in_chain("is for no host: it has no DNS name as subject alternative name"));
    }
    let private = PrivateKeyDer::from_pem_slice(private).map_err(|e| (Part::Key, format!("is not a PEM private key: {e}")))?;
    let signer = any_supported_type(&private).map_err(|e| (Part::Key, format!("cannot be used: {e}")))?;
    let key = CertifiedKey::new(chain, signer);
    match key.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(Loaded { key: Arc::new(key), names: facts.names, not_after: facts.not_after })
        }
        Err(_) => Err((Part::Key, "is not the key of the certificate".to_owned())),
    }
}

/// A chain and a key from the store, as PEM.
pub(crate) fn stored(chain: &str, private: &str) -> Option<Arc<CertifiedKey>> {
    pair(chain.as_bytes(), private.as_bytes()).ok().map(|loaded| loaded.key)
}

/// Reads a certificate's names and times.
pub(crate) fn facts(der: &[u8]) -> Option<Facts> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let san = parsed.subject_alternative_name().ok().flatten();
    let names = san.map(|s| {
        let of = |n: &GeneralName<'_>| if let GeneralName::DNSName(d) = n { Some(d.to_ascii_lowercase()) } else { None };
        s.value.general_names.iter().filter_map(of).collect()
    });
    let at = |t: x509_parser::time::ASN1Time| Timestamp::from_secs(t.timestamp());
    let validity = parsed.validity();
    Some(Facts { names: names.unwrap_or_default(), not_before: at(validity.not_before), not_after: at(validity.not_after) })
}
