//! `[tls.acme]`: names whose certificates are ordered from an ACME server (RFC 8555), and renewed.

use std::path::{Path, PathBuf};

use url::Url;

use super::{Http, Section};

const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Most names: each is a certificate of its own, and servers limit how many may be ordered in a week.
const MOST_NAMES: usize = 500;

/// The ACME server and what is ordered from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// Address of its directory. Private addresses only in `outbound.allowed_private`.
    pub directory_url: Url,
    /// Names to order for, lower case; a certificate each.
    pub names: Vec<String>,
    /// Mail address that the server may write to.
    pub contact: Option<String>,
    /// Ways to prove that a name is ours, the preferred one first.
    pub challenges: Vec<Challenge>,
    /// PEM files of further authorities to trust for the directory.
    pub ca_files: Vec<PathBuf>,
    /// An account that exists elsewhere and that the new one is bound to.
    pub external_account: Option<ExternalAccount>,
}

/// A way to prove that a name is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// An answer on the plain HTTP port (RFC 8555 section 8.3).
    Http01,
    /// A handshake on the HTTPS port (RFC 8737).
    TlsAlpn01,
}

/// External account binding (RFC 8555 section 7.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalAccount {
    /// Identifier of the key.
    pub key_id: String,
    /// File with the MAC key, base64url on one line.
    pub key_file: PathBuf,
}

impl Challenge {
    /// The name in the configuration and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http01 => "http-01",
            Self::TlsAlpn01 => "tls-alpn-01",
        }
    }
}

impl Acme {
    /// Proofs that the listeners can give. None named: all of those.
    pub(super) fn fit(&mut self, http: &Http, root: &Section) {
        let listens_plainly = !http.redirect_listen.is_empty();
        if self.challenges.contains(&Challenge::Http01) && !listens_plainly {
            root.fault("tls.acme.challenges", "http-01 is answered on port 80: give http.redirect_listen an address, or leave http-01 out");
        }
        if self.challenges.is_empty() {
            self.challenges = if listens_plainly { vec![Challenge::TlsAlpn01, Challenge::Http01] } else { vec![Challenge::TlsAlpn01] };
        }
    }

    pub(super) fn read(section: &mut Section, base: &Path) -> Option<Self> {
        let path = |s: &str| Ok::<_, String>(base.join(s));
        let directory_url = section.text("directory_url", |s| match Url::parse(s) {
            Ok(url) if url.scheme() == "https" && url.host().is_some() => Ok(url),
            _ => Err("is not an https address of an ACME directory".to_owned()),
        });
        let given = !section.lacks("names");
        let mut names = section.list("names", name).unwrap_or_default();
        if !given {
            section.fault("names", "is missing: the host names to order certificates for");
        } else if names.is_empty() {
            section.fault("names", "names no host to order a certificate for");
        } else if names.len() > MOST_NAMES {
            section.fault("names", format!("holds {} names; at most {MOST_NAMES} are ordered", names.len()));
        }
        names.sort_unstable();
        names.dedup();
        let contact = section.text("contact", |s| {
            s.parse::<lettre::Address>().map(|_| s.to_owned()).map_err(|e| format!("{s:?} is not a mail address: {e}"))
        });
        let challenges = section.list("challenges", |s| match s {
            "http-01" => Ok(Challenge::Http01),
            "tls-alpn-01" => Ok(Challenge::TlsAlpn01),
            other => Err(format!("{other:?} is not one of http-01, tls-alpn-01")),
        });
        if challenges.as_ref().is_some_and(Vec::is_empty) {
            section.fault("challenges", "names no way to prove that a name is yours: http-01, tls-alpn-01, or both");
        }
        // Whoever orders agrees to the terms, so a person has to say so.
        match section.text("terms", |s| Ok(s.to_owned())).as_deref() {
            Some("agreed") => {}
            _ => section.fault("terms", "must be \"agreed\": read the terms of service of the ACME server first"),
        }
        let key_id = section.text("external_account_key_id", |s| Ok(s.to_owned()));
        let key_file = section.text("external_account_key_file", path);
        let external_account = match (key_id, key_file) {
            (Some(key_id), Some(key_file)) => Some(ExternalAccount { key_id, key_file }),
            (None, None) => None,
            _ => {
                section.fault("external_account_key_id", "external_account_key_id and external_account_key_file come together");
                None
            }
        };
        let ca_files = section.list("ca_files", path).unwrap_or_default();
        let default = || Url::parse(LETS_ENCRYPT).ok();
        Some(Self {
            directory_url: directory_url.or_else(default)?,
            names,
            contact,
            challenges: challenges.unwrap_or_default(),
            ca_files,
            external_account,
        })
    }
}

/// A whole host name: wildcards need a proof by DNS, which is not spoken.
fn name(s: &str) -> Result<String, String> {
    if s.starts_with("*.") {
        return Err(format!("{s:?} is a wildcard, which takes a proof by DNS (dns-01): give whole names, or a certificate file"));
    }
    super::team::host(s)
}
