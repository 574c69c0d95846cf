//! Readings: facts about people that are polled from their directory, each with its age. Kept in memory; what was not read, or too
//! long ago, is not known.

use std::collections::{BTreeMap, HashMap};

use crate::{IdpId, PostureIntegrationId, Timestamp, identity::SubjectKey, posture::ComplianceStatus, rule::RiskLevel};

/// A whole reading of one source: who is not in it has nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// What each person has.
    pub people: HashMap<SubjectKey, T>,
    /// When it was read.
    pub at: Timestamp,
    /// Until when it counts.
    pub good_until: Timestamp,
}

impl<T> Reading<T> {
    /// True while it counts.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.good_until
    }
}

/// The last good reading of every source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings {
    /// Risk of a provider's people (Microsoft Entra ID Protection). The tenant of the reading is in each key.
    pub risk: BTreeMap<IdpId, Reading<RiskLevel>>,
    /// Compliance of the devices of a tenant's people, by integration.
    pub devices: BTreeMap<PostureIntegrationId, Reading<Vec<ComplianceStatus>>>,
}
