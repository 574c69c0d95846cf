//! What narrows a token beyond its permissions: the objects it is for and the addresses it may come from.

use std::{collections::BTreeSet, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{AppId, IdpId, rule::IpRange};

/// The objects that a token may be used on. Whatever is about anything else is refused, lists and creations included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Applications with their policies.
    #[serde(default)]
    pub apps: BTreeSet<AppId>,
    /// Identity providers.
    #[serde(default)]
    pub identity_providers: BTreeSet<IdpId>,
}

impl Resources {
    /// Whether nothing is left to use the token on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.apps.is_empty() && self.identity_providers.is_empty()
    }
    /// Whether everything in it is in the other too.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.apps.is_subset(&other.apps) && self.identity_providers.is_subset(&other.identity_providers)
    }
}

/// The condition on the client's address: in one of the first (unless there are none) and in none of the second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestIp {
    /// Only these.
    #[serde(default, rename = "in")]
    pub within: Vec<IpRange>,
    /// None of these.
    #[serde(default, rename = "not_in")]
    pub outside: Vec<IpRange>,
}

impl RequestIp {
    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.within.is_empty() && self.outside.is_empty()
    }
    /// Whether an address meets it. An address that nobody knows meets no condition.
    #[must_use]
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let Some(address) = address else { return self.is_empty() };
        let among = |ranges: &[IpRange]| ranges.iter().any(|range| range.contains(address));
        (self.within.is_empty() || among(&self.within)) && !among(&self.outside)
    }
}
