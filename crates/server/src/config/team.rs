//! `[team]`: the organisation's name and its team domain.

use super::Section;

/// Name and team domain.
#[derive(Debug, Clone)]
pub struct Team {
    /// Shown on pages.
    pub name: String,
    /// Host of the team domain, lower case.
    pub domain: String,
}

impl Team {
    pub(super) fn read(section: &mut Section) -> Option<Self> {
        let name = section.text("name", |s| if s.trim().is_empty() { Err("must not be empty".into()) } else { Ok(s.to_owned()) });
        let domain = section.required("domain", "the host where people sign in, for example team.example.com", host);
        Some(Self { domain: domain?, name: name.unwrap_or_else(|| "doorward".into()) })
    }
}

/// A host name, lower-cased.
pub(super) fn host(s: &str) -> Result<String, String> {
    let host = s.to_ascii_lowercase();
    if model::email::is_domain(&host) { Ok(host) } else { Err(format!("{s:?} is not a host name (no scheme, port or path)")) }
}
