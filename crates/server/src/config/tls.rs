//! `[tls]`: certificates from files, from an ACME server and from a local authority, side by side; what clients must speak.

use std::path::{Path, PathBuf};

use super::{Acme, Section};

/// Where certificates come from, and the oldest TLS that is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificate and key files; the certificate's names decide which is used for a host.
    pub certificates: Vec<CertificateFiles>,
    /// Certificates that are ordered by themselves.
    pub acme: Option<Acme>,
    /// A local authority for what is left.
    pub local_ca: Option<LocalAuthority>,
    /// Oldest version.
    pub min_version: MinVersion,
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM chain.
    pub certificate: PathBuf,
    /// PEM key.
    pub key: PathBuf,
}

/// A local authority, made at the first start, limited to the configured domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAuthority {
    /// Folder of its files.
    pub directory: PathBuf,
    /// Domains it may issue for, sub-domains included.
    pub domains: Vec<String>,
}

/// The oldest version of TLS that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinVersion {
    /// TLS 1.2, with forward secrecy and authenticated encryption only.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Tls {
    pub(super) fn read(section: &mut Section, base: &Path) -> Option<Self> {
        let path = |s: &str| Ok::<_, String>(base.join(s));
        let mut certificates = Vec::new();
        let listed = section.tables("certificates");
        let any_listed = !listed.is_empty();
        for mut entry in listed {
            let certificate = entry.required("certificate", "a PEM file with the certificate chain", path);
            let key = entry.required("key", "a PEM file with the private key", path);
            if let (Some(certificate), Some(key)) = (certificate, key) {
                certificates.push(CertificateFiles { certificate, key });
            }
        }
        let wants_acme = !section.lacks("acme");
        let acme = if wants_acme { Acme::read(&mut section.section("acme"), base) } else { None };
        let wants_local = !section.lacks("local_ca");
        let local_ca = if wants_local { local_authority(&mut section.section("local_ca"), base) } else { None };
        let min_version = section.text("min_version", |s| match s {
            "1.2" => Ok(MinVersion::Tls12),
            "1.3" => Ok(MinVersion::Tls13),
            other => Err(format!("{other:?} is not one of \"1.2\" and \"1.3\"")),
        });
        if !any_listed && !wants_acme && !wants_local {
            section.fault(
                "certificates",
                "is missing: give [[tls.certificates]] files, [tls.acme] with names, or [tls.local_ca] with domains",
            );
            return None;
        }
        Some(Self { certificates, acme, local_ca, min_version: min_version.unwrap_or(MinVersion::Tls12) })
    }
}

fn local_authority(section: &mut Section, base: &Path) -> Option<LocalAuthority> {
    let directory = section.text("directory", |s| Ok(base.join(s))).unwrap_or_else(|| base.join("ca"));
    let given = !section.lacks("domains");
    let domains = section.list("domains", super::team::host).unwrap_or_default();
    if !given {
        section.fault("domains", "is missing: the domains that the local authority may issue for");
    } else if domains.is_empty() {
        section.fault("domains", "names no domain that the local authority may issue for");
    }
    if domains.is_empty() { None } else { Some(LocalAuthority { directory, domains }) }
}
