//! The local authority at work: certificates by name, made when they are asked for and kept.

use std::sync::Arc;

use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use super::{LocalCa, LocalCaError};
use crate::config::LocalAuthority;

/// The authority with what it issued.
pub(super) struct Local {
    authority: LocalCa,
    settings: LocalAuthority,
    issued: papaya::HashMap<String, Issued>,
}

/// A certificate of the local authority, renewed when two thirds of its life are over.
struct Issued {
    key: Arc<CertifiedKey>,
    renew_at: OffsetDateTime,
}

impl Local {
    /// Most names it keeps certificates for.
    const MOST_ISSUED: usize = 4096;

    pub(super) fn open(settings: &LocalAuthority) -> Result<Self, LocalCaError> {
        let authority = LocalCa::open_or_make(&settings.directory, &settings.domains)?;
        Ok(Self { authority, settings: settings.clone(), issued: papaya::HashMap::new() })
    }

    /// True when the other is the same authority: then what this one issued is still good.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.settings == other.settings && self.authority.is(&other.authority)
    }

    /// A certificate for a name under its domains, lower case.
    pub(super) fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let now = OffsetDateTime::now_utc();
        let issued = self.issued.pin();
        if let Some(held) = issued.get(name).filter(|held| now < held.renew_at) {
            return Some(held.key.clone());
        }
        if !self.authority.may_issue(name) {
            return None;
        }
        let key = self.authority.issue(name);
        let key = Arc::new(key.inspect_err(|e| tracing::warn!(server.name = name, error = %e, "no certificate could be made")).ok()?);
        if issued.len() >= Self::MOST_ISSUED {
            // Names that nobody serves can be asked for without end: start over rather than stop remembering.
            issued.clear();
        }
        issued.insert(name.to_owned(), Issued { key: key.clone(), renew_at: now + LocalCa::LIFE * 2 / 3 });
        Some(key)
    }
}
