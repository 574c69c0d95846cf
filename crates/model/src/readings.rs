//! Readings: facts about people that are polled from their directory, each with its age. Kept in memory; what was not read, or too
//! long ago, is not known.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{IdpId, PostureIntegrationId, Timestamp, posture::ComplianceStatus, rule::RiskLevel};

/// A whole reading of one source: who is not in it has nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// Whose people it is about: the issuer of their keys.
    pub issuer: String,
    /// What each person has, by subject.
    pub people: HashMap<String, T>,
    /// When it was read.
    pub at: Timestamp,
    /// Until when it counts.
    pub good_until: Timestamp,
}

/// Seconds that a reading may lie in the future: the clock was adjusted. With more, it was wrong, and the age of the reading is unknown.
pub const SET_BACK_SECS: i64 = 60;

impl<T> Reading<T> {
    /// Whether it counts at `now`.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        now < self.good_until && now.secs_since(self.at) >= -SET_BACK_SECS
    }
}

/// A person's risk in a reading (Microsoft Graph: "riskyUser resource type").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// A level; who has none is unscored.
    Level(RiskLevel),
    /// The tenant's licence hides it.
    Hidden,
}

/// The last whole reading of every source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readings {
    /// Risk of a provider's people (Microsoft Entra ID Protection).
    pub risk: BTreeMap<IdpId, Arc<Reading<Risk>>>,
    /// Compliance of people's devices, by integration (Microsoft Intune).
    pub devices: BTreeMap<PostureIntegrationId, Arc<Reading<Vec<ComplianceStatus>>>>,
}
