//! E-mail addresses: stored as given, compared without regard to case.

use std::{fmt, hash::Hash, str::FromStr};

use serde::{Deserialize, Serialize};

/// An address with exactly one unquoted `@`, no white space, no control characters, at most 320 bytes.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(Box<str>);

/// The text is not an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an e-mail address")]
pub struct InvalidEmail(pub String);

impl Email {
    /// The address as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Lower-cased, for look-ups.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
    /// The part after the `@`, as given.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, d)| d)
    }
}
impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Email {}
impl Hash for Email {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}
impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.0)
    }
}
impl FromStr for Email {
    type Err = InvalidEmail;
    fn from_str(s: &str) -> Result<Self, InvalidEmail> {
        let bad = || InvalidEmail(s.chars().take(80).collect());
        let (local, domain) = s.split_once('@').ok_or_else(bad)?;
        let clean = s.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '"' && c != ',' && c != '<' && c != '>');
        let domain_ok = is_domain(domain);
        if local.is_empty() || domain.contains('@') || !clean || !domain_ok || s.len() > 320 { Err(bad()) } else { Ok(Self(s.into())) }
    }
}
impl TryFrom<String> for Email {
    type Error = InvalidEmail;
    fn try_from(s: String) -> Result<Self, InvalidEmail> {
        s.parse()
    }
}
impl From<Email> for String {
    fn from(e: Email) -> String {
        e.0.into()
    }
}

/// True for a plain ASCII (or punycode) domain name without a trailing dot.
pub fn is_domain(d: &str) -> bool {
    !d.is_empty()
        && d.len() <= 253
        && d.split('.').all(|l| {
            !l.is_empty()
                && l.len() <= 63
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !l.starts_with('-')
                && !l.ends_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_addresses_are_refused_and_case_is_folded() {
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a@evil.test@corp.test",
            "a b@c.d",
            "\"a@b\"@c.d",
            "a@c.d.",
            "a@c..d",
            "a@exämple.test",
            "a@-b.c",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
        let a: Email = "Mara@HarbourWorks.example".parse().unwrap();
        assert_eq!(a, "mara@harbourworks.EXAMPLE".parse().unwrap());
        assert_eq!(a.domain(), "HarbourWorks.example");
        assert_eq!(a.as_str(), "Mara@HarbourWorks.example");
    }
}
