//! A certificate authority of this server's own, for trials and closed networks. It is name-constrained, its key is
//! readable by the owner only, and it is never installed anywhere by itself (ruling 31).

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints,
};
use rustls::{crypto::aws_lc_rs::sign::any_supported_type, sign::CertifiedKey};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

/// Something is wrong with the local authority.
#[derive(Debug, thiserror::Error)]
pub enum LocalCaError {
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A certificate or key.
    #[error("the certificate could not be made or read")]
    Certificate(#[from] rcgen::Error),
    /// The key.
    #[error("the key cannot be used: {0}")]
    Key(String),
    /// A name outside its domains.
    #[error("{0:?} is not under a domain of this authority")]
    NotOurs(String),
}

/// The local authority: issues certificates for names under its domains.
pub struct LocalCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: rustls_pki_types::CertificateDer<'static>,
    domains: Vec<String>,
}

impl LocalCa {
    /// Life of a certificate.
    pub const LIFE: Duration = Duration::days(90);

    /// Opens the authority in a folder, or makes it there.
    pub fn open_or_make(directory: &Path, domains: &[String]) -> Result<Self, LocalCaError> {
        let at = |name: &str| directory.join(name);
        let file = |path: PathBuf| move |source| LocalCaError::File { path, source };
        let (cert_path, key_path) = (at("ca.pem"), at("ca.key"));
        if !key_path.exists() {
            fs::create_dir_all(directory).map_err(file(directory.to_owned()))?;
            let key = KeyPair::generate()?;
            let pem = ca_params(domains)?.self_signed(&key)?.pem();
            write_private(&key_path, key.serialize_pem().as_bytes()).map_err(file(key_path.clone()))?;
            fs::write(&cert_path, pem).map_err(file(cert_path.clone()))?;
        }
        let mode = fs::metadata(&key_path).map_err(file(key_path.clone()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(LocalCaError::Key(format!("{} may be read by others (mode {:o}); make it 0600", key_path.display(), mode & 0o777)));
        }
        let pem = fs::read_to_string(&cert_path).map_err(file(cert_path.clone()))?;
        let key = KeyPair::from_pem(&fs::read_to_string(&key_path).map_err(file(key_path.clone()))?)?;
        let certificate = <rustls_pki_types::CertificateDer<'_> as rustls_pki_types::pem::PemObject>::from_pem_slice(pem.as_bytes())
            .map_err(|e| LocalCaError::Key(format!("{} is not a certificate: {e}", cert_path.display())))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key)?;
        Ok(Self { issuer, certificate: certificate.into_owned(), domains: domains.to_vec() })
    }

    /// A fresh certificate for one name.
    pub fn issue(&self, name: &str) -> Result<CertifiedKey, LocalCaError> {
        let (chain, key) = self.issue_der(name)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signer = any_supported_type(&private).map_err(|e| LocalCaError::Key(e.to_string()))?;
        Ok(CertifiedKey::new(vec![chain, self.certificate.clone()], Arc::clone(&signer)))
    }

    /// True for names under its domains.
    pub(super) fn may_issue(&self, name: &str) -> bool {
        let ours = self.domains.iter().any(|d| name == d || name.strip_suffix(d.as_str()).is_some_and(|rest| rest.ends_with('.')));
        ours && model::email::is_domain(name)
    }

    /// True when the other has the same certificate.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.certificate == other.certificate
    }

    fn issue_der(&self, name: &str) -> Result<(rustls_pki_types::CertificateDer<'static>, KeyPair), LocalCaError> {
        if !self.may_issue(name) {
            return Err(LocalCaError::NotOurs(name.chars().take(120).collect()));
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        // A common name holds at most 64 characters; the alternative name is what counts.
        params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let now = OffsetDateTime::now_utc();
        params.not_before = now - Duration::hours(1);
        params.not_after = now + Self::LIFE;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.der().clone(), key))
    }
}

fn ca_params(domains: &[String]) -> Result<CertificateParams, LocalCaError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "doorward local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: domains.iter().cloned().map(GeneralSubtree::DnsName).collect(),
        excluded_subtrees: Vec::new(),
    });
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::hours(1);
    params.not_after = now + Duration::days(3650);
    Ok(params)
}

/// Writes a file that only the owner may read; refuses to replace one.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
