//! Owns the demo's certificate authority: one for everything, limited to `localhost`, kept in the state folder.
//!
//! Its files are those of doorward's local authority, which opens them as its own; so one file verifies every certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use crate::folder::write_private;

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub pem: String,
    /// File with that.
    pub file: PathBuf,
}

/// A certificate with its key.
pub struct Identity {
    certificate_pem: String,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    /// Opens the authority in a folder, or makes it there.
    pub fn open_or_make(folder: &Path) -> Result<Self> {
        let (file, key_file) = (folder.join("ca.pem"), folder.join("ca.key"));
        if !file.exists() || !key_file.exists() {
            let key = KeyPair::generate()?;
            let pem = parameters()?.self_signed(&key)?.pem();
            write_private(&key_file, key.serialize_pem().as_bytes()).context("cannot write the authority's key")?;
            fs::write(&file, pem).context("cannot write the authority's certificate")?;
        }
        let pem = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let key = fs::read_to_string(&key_file).with_context(|| format!("cannot read {}", key_file.display()))?;
        let issuer = Issuer::from_ca_cert_pem(&pem, KeyPair::from_pem(&key)?)?;
        Ok(Self { issuer, pem, file })
    }

    /// Issues a certificate for a name and the loopback address.
    pub fn issue(&self, name: &str) -> Result<Identity> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned(), "127.0.0.1".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.not_before = OffsetDateTime::now_utc() - Duration::hours(1);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(90);
        let made = params.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificate_pem: made.pem(), certificate: made.der().clone(), key })
    }
}

fn parameters() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "doorward demo authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 0], [255, 0, 0, 0])),
        ],
        excluded_subtrees: Vec::new(),
    });
    params.not_before = OffsetDateTime::now_utc() - Duration::hours(1);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(3650);
    Ok(params)
}

impl Identity {
    /// Writes certificate and key as PEM files.
    pub fn write(&self, certificate: &Path, key: &Path) -> Result<()> {
        fs::write(certificate, &self.certificate_pem).with_context(|| format!("cannot write {}", certificate.display()))?;
        write_private(key, self.key.serialize_pem().as_bytes()).with_context(|| format!("cannot write {}", key.display()))
    }

    /// TLS for a server that speaks HTTP/1.1.
    pub fn server(&self) -> Result<Arc<rustls::ServerConfig>> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
