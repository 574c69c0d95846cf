//! `[tls]`: certificates from files, or from a local authority that the server makes.

use std::path::{Path, PathBuf};

use super::Section;

/// Where certificates come from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// Certificate and key files; the certificate's names decide which is used for a host.
    Files(Vec<CertificateFiles>),
    /// A local authority, made at the first start, limited to the configured domains.
    LocalCa {
        /// Folder of its files.
        directory: PathBuf,
        /// Domains it may issue for, sub-domains included.
        domains: Vec<String>,
    },
}

/// One certificate.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// PEM chain.
    pub certificate: PathBuf,
    /// PEM key.
    pub key: PathBuf,
}

impl Tls {
    pub(super) fn read(section: &mut Section, base: &Path) -> Option<Self> {
        let path = |s: &str| Ok::<_, String>(base.join(s));
        let mut files = Vec::new();
        for mut entry in section.tables("certificates") {
            let certificate = entry.required("certificate", "a PEM file with the certificate chain", path);
            let key = entry.required("key", "a PEM file with the private key", path);
            if let (Some(certificate), Some(key)) = (certificate, key) {
                files.push(CertificateFiles { certificate, key });
            }
        }
        let mut local = section.section("local_ca");
        let directory = local.text("directory", path);
        let domains = local.list("domains", super::team::host);
        match (files.is_empty(), directory, domains) {
            (false, None, None) => Some(Self::Files(files)),
            (false, _, _) => {
                section.fault("local_ca", "and certificates exclude each other: keep one");
                None
            }
            (true, directory, Some(domains)) if !domains.is_empty() => {
                Some(Self::LocalCa { directory: directory.unwrap_or_else(|| base.join("ca")), domains })
            }
            (true, _, _) => {
                section.fault("certificates", "is missing: give [[tls.certificates]] files, or [tls.local_ca] with domains");
                None
            }
        }
    }
}
