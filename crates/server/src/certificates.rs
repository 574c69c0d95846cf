//! Certificates by server name: from files, or from a local authority limited to the configured domains.

mod clients;
mod local_ca;

use std::{collections::HashMap, fs, io, path::Path, sync::Arc};

use parking_lot::RwLock;
use rustls::{
    crypto::aws_lc_rs::sign::any_supported_type,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

pub(crate) use clients::{AskForAny, Authorities};
pub use local_ca::{LocalCa, LocalCaError, write_private as write_private_file};

use crate::config::Tls;

/// Certificates could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file.
    #[error("{path} could not be used: {message}")]
    File {
        /// Which.
        path: String,
        /// Why.
        message: String,
    },
    /// The local authority.
    #[error("the local certificate authority is not usable")]
    LocalCa(#[from] LocalCaError),
}

/// Chooses the certificate for a connection.
pub struct Certificates {
    by_name: HashMap<String, Arc<CertifiedKey>>,
    first: Option<Arc<CertifiedKey>>,
    local: Option<LocalCa>,
    issued: RwLock<HashMap<String, Issued>>,
    fallback_name: String,
}

/// A certificate of the local authority, renewed when two thirds of its life are over.
struct Issued {
    key: Arc<CertifiedKey>,
    renew_at: OffsetDateTime,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").field("names", &self.by_name.keys()).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Most names the local authority keeps certificates for.
    const MOST_ISSUED: usize = 4096;

    /// Loads files, or opens (at first makes) the local authority. `fallback_name` is used for clients that name no host.
    pub fn load(tls: &Tls, fallback_name: &str) -> Result<Self, CertificateError> {
        let mut out =
            Self { by_name: HashMap::new(), first: None, local: None, issued: RwLock::default(), fallback_name: fallback_name.to_owned() };
        match tls {
            Tls::LocalCa { directory, domains } => out.local = Some(LocalCa::open_or_make(directory, domains)?),
            Tls::Files(files) => {
                for entry in files {
                    let key = Arc::new(read_pair(&entry.certificate, &entry.key)?);
                    for name in names(&key, &entry.certificate)? {
                        out.by_name.insert(name, key.clone());
                    }
                    out.first.get_or_insert(key);
                }
            }
        }
        Ok(out)
    }

    /// True when there is a certificate for somebody.
    pub fn any(&self) -> bool {
        self.local.is_some() || self.first.is_some()
    }

    /// True when a connection made for one name may carry requests for the other: the same name, or the same certificate
    /// from a file. The local authority makes one for each name.
    pub fn serve_both(&self, server_name: &str, host: &str) -> bool {
        if server_name.eq_ignore_ascii_case(host) {
            return true;
        }
        let lower = server_name.to_ascii_lowercase();
        let (a, b) = (self.by_names(&lower), self.by_names(host));
        a.zip(b).is_some_and(|(a, b)| Arc::ptr_eq(a, b))
    }

    fn by_names(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let wildcard = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        self.by_name.get(name).or_else(|| self.by_name.get(&wildcard?))
    }

    fn issue(&self, local: &LocalCa, name: &str) -> Option<Arc<CertifiedKey>> {
        let now = OffsetDateTime::now_utc();
        if let Some(held) = self.issued.read().get(name).filter(|held| now < held.renew_at) {
            return Some(held.key.clone());
        }
        let key = Arc::new(
            local.issue(name).inspect_err(|e| tracing::debug!(server.name = name, error = %e, "no certificate for this name")).ok()?,
        );
        let mut issued = self.issued.write();
        if issued.len() >= Self::MOST_ISSUED {
            // Names that nobody serves can be asked for without end: start over rather than stop remembering.
            issued.clear();
        }
        issued.insert(name.to_owned(), Issued { key: key.clone(), renew_at: now + LocalCa::LIFE * 2 / 3 });
        Some(key)
    }

    fn find(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        if let Some(local) = &self.local {
            return self.issue(local, name);
        }
        self.by_names(name).or(self.first.as_ref()).cloned()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase).unwrap_or_else(|| self.fallback_name.clone());
        self.find(&name)
    }
}

fn read_pair(certificate: &Path, key: &Path) -> Result<CertifiedKey, CertificateError> {
    let fault = |path: &Path, message: String| CertificateError::File { path: path.display().to_string(), message };
    let read = |path: &Path| fs::read(path).map_err(|e: io::Error| fault(path, e.to_string()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|e| fault(certificate, format!("it is not a PEM certificate: {e}")))?;
    if chain.is_empty() {
        return Err(fault(certificate, "it holds no certificate".into()));
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|e| fault(key, format!("it is not a PEM private key: {e}")))?;
    let signer = any_supported_type(&private).map_err(|e| fault(key, e.to_string()))?;
    let pair = CertifiedKey::new(chain, signer);
    match pair.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(pair),
        Err(_) => Err(fault(key, format!("it is not the key of {}", certificate.display()))),
    }
}

fn names(key: &CertifiedKey, path: &Path) -> Result<Vec<String>, CertificateError> {
    let fault = |message: &str| CertificateError::File { path: path.display().to_string(), message: message.to_owned() };
    let der = key.end_entity_cert().map_err(|_| fault("it holds no certificate"))?;
    let (_, parsed) = X509Certificate::from_der(der).map_err(|_| fault("it is not an X.509 certificate"))?;
    let san = parsed.subject_alternative_name().ok().flatten();
    let list = san.map(|s| {
        s.value
            .general_names
            .iter()
            .filter_map(|n| if let GeneralName::DNSName(d) = n { Some(d.to_ascii_lowercase()) } else { None })
            .collect()
    });
    Ok(list.unwrap_or_default())
}
