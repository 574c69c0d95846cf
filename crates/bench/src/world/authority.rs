//! The authority of one run: it signs the certificate of doorward, of its peers and of the simulator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub pem: String,
    /// File with that.
    pub file: PathBuf,
}

/// Files of a certificate.
#[derive(Debug, Clone)]
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Both in one file, as haproxy wants them.
    pub both: PathBuf,
}

impl Authority {
    /// Makes one.
    pub fn made(folder: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "doorward bench authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        let (pem, file) = (certificate.pem(), folder.join("authority.pem"));
        fs::write(&file, &pem).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self { issuer: Issuer::from_ca_cert_pem(&pem, key)?, pem, file })
    }

    /// Issues a P-256 certificate for these names and writes its files as `<stem>.pem`, `.key` and `.both`.
    pub fn issue(&self, names: &[String], folder: &Path, stem: &str) -> Result<Files> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name.push(DnType::CommonName, names.first().map_or(stem, String::as_str));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        let at = |ending: &str| folder.join(format!("{stem}.{ending}"));
        let files = Files { certificate: at("pem"), key: at("key"), both: at("both") };
        fs::write(&files.certificate, &certificate)?;
        private(&files.key, &key.serialize_pem())?;
        private(&files.both, &format!("{certificate}{}", key.serialize_pem()))?;
        Ok(files)
    }
}

/// Writes a file that only its owner may read: doorward refuses keys that others can.
fn private(path: &Path, text: &str) -> Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt};
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| format!("cannot write {}", path.display()))
}
