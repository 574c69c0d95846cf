//! API tokens: who may call the API, for what, from where and until when.

mod limits;
mod permission;
mod stored;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};

pub use limits::{RequestIp, Resources};
pub use permission::{Permission, UnknownPermission};

use crate::{ApiTokenId, Secret, Timestamp};

/// An API token; the secret is stored as a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "stored::Stored", into = "stored::Stored")]
pub struct ApiToken {
    /// Public id.
    pub id: ApiTokenId,
    /// Name.
    pub name: String,
    /// HMAC-SHA-256 of the token, hexadecimal.
    pub secret_hash: Secret,
    /// What it may do. A token that held every permission when it was stored holds every one of a later release too: somebody has to be
    /// able to grant the new ones.
    pub permissions: BTreeSet<Permission>,
    /// The only objects it may be used on; `None`: no such limit.
    pub resources: Option<Resources>,
    /// Addresses it may be used from.
    pub request_ip: RequestIp,
    /// Switched on.
    pub enabled: bool,
    /// When it begins; `None` at once.
    pub not_before: Option<Timestamp>,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// Whether a token may be used, apart from what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Active,
    /// Switched off.
    Disabled,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    Early,
}

impl ApiToken {
    /// Whether its switch and its times let it be used now.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        if !self.enabled {
            Standing::Disabled
        } else if self.expires_at.is_some_and(|end| end <= now) {
            Standing::Expired
        } else if self.not_before.is_some_and(|begin| begin > now) {
            Standing::Early
        } else {
            Standing::Active
        }
    }
    /// Whether it may be used from an address; `None` is an address that nobody knows, which no condition lets through.
    #[must_use]
    pub fn usable_from(&self, address: Option<IpAddr>) -> bool {
        self.request_ip.admits(address)
    }
    /// Whether nothing but its permissions limits it, ever.
    #[must_use]
    pub fn unlimited(&self) -> bool {
        self.resources.is_none() && self.request_ip.is_empty() && self.expires_at.is_none()
    }
}
