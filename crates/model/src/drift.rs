//! The drift report: where SCIM's membership of the groups that rules name differs from the directory's, and whom that concerns.
//!
//! Entra's provisioning sends direct members only ("How Application Provisioning works in Microsoft Entra ID"), so whoever is in a
//! group through a group in it is missing, and neither side tells.

mod expansion;

use serde::{Deserialize, Serialize};

use crate::{ObjectId, PolicyId, ScimId, Timestamp, access_policy::PolicyAction};

pub use expansion::Expansion;

/// One comparison of a login method's groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it was begun.
    pub at: Timestamp,
    /// The groups that rules name, by name.
    pub groups: Vec<GroupReport>,
    /// Groups beyond those that are looked at.
    pub groups_omitted: usize,
    /// How filling in nested members stands; `None`: it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expansion: Option<Expansion>,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every group was compared, and none differs.
    NoDrift,
    /// Some group differs.
    Drift,
    /// No difference was found, and some group could not be compared.
    Unknown,
}

impl Verdict {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoDrift => "no_drift",
            Self::Drift => "drift",
            Self::Unknown => "unknown",
        }
    }
}

/// One group that rules name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupReport {
    /// Object id, as rules hold it.
    pub id: ObjectId,
    /// Name, by SCIM.
    pub name: Option<String>,
    /// The group as it was provisioned.
    pub scim_id: Option<ScimId>,
    /// The policies that it decides in.
    pub policies: Vec<PolicyUse>,
    /// Names of the rule groups that name it.
    pub rule_groups: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A policy in which a group decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyUse {
    /// The policy.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// What it does.
    pub decision: PolicyAction,
    /// What membership does.
    pub effect: Effect,
    /// Names of the applications that it stands at.
    pub applications: Vec<String>,
}

/// What being in the group does to a person, all else being equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Members get in: who is missing is wrongly refused.
    LetsIn,
    /// Members are kept out: who is missing is wrongly let in.
    KeepsOut,
}

impl Effect {
    /// The other one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::LetsIn => Self::KeepsOut,
            Self::KeepsOut => Self::LetsIn,
        }
    }
    /// What happens to a member who is missing, as a word of the wire.
    pub const fn of_missing(self) -> &'static str {
        match self {
            Self::LetsIn => "refused",
            Self::KeepsOut => "let_in",
        }
    }
}

/// What came of comparing a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// Both sides are known.
    Compared(Compared),
    /// SCIM never sent the group: it is not assigned to the provisioning application.
    NotProvisioned,
    /// The directory has no such group any more.
    Gone,
    /// The directory could not be asked.
    Unknown {
        /// Why.
        why: String,
        /// What to do.
        fix: String,
    },
}

/// Both sides of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// People of the group in the directory, nested ones included.
    pub directory: usize,
    /// People of the group by SCIM.
    pub scim: usize,
    /// People who are in it by expansion and not by SCIM.
    pub filled: usize,
    /// In the directory, through a nested group only, and missing here.
    pub nested: usize,
    /// Direct members in the directory, and missing here.
    pub not_sent: usize,
    /// Here, and not in the directory.
    pub extra: usize,
    /// Missing people whose account is disabled: they miss nothing.
    pub disabled: usize,
    /// People who cannot be compared, because the directory told their object id only.
    pub unreadable: usize,
    /// Who differs: by kind, then by name; as many as are kept.
    pub people: Vec<Person>,
    /// How many more there are.
    pub people_omitted: usize,
}

/// Somebody in whom the sides differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// How.
    pub kind: Difference,
    /// Name.
    pub name: Option<String>,
    /// User principal name, or SCIM's `userName`.
    pub user_name: Option<String>,
    /// Object id, where it is known.
    pub object_id: Option<ObjectId>,
    /// The provisioned user; `None`: nobody of this name was sent, so it is not assigned to the provisioning application.
    pub scim_id: Option<ScimId>,
    /// Names of the groups directly in the group through which they are members.
    pub through: Vec<String>,
}

/// How the sides differ in a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// In the directory through a nested group only: Entra does not send that.
    Nested,
    /// A direct member in the directory: not sent yet, or not in the scope of the provisioning application.
    NotSent,
    /// Here, and not in the directory any more.
    Extra,
}

impl Difference {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nested => "nested",
            Self::NotSent => "not_sent",
            Self::Extra => "extra",
        }
    }
}

impl Compared {
    /// Whether the sides differ.
    pub fn differs(&self) -> bool {
        self.nested + self.not_sent + self.extra > 0
    }
}

impl GroupReport {
    /// Both sides, where they are known.
    pub fn compared(&self) -> Option<&Compared> {
        match &self.outcome {
            Outcome::Compared(compared) => Some(compared),
            Outcome::NotProvisioned | Outcome::Gone | Outcome::Unknown { .. } => None,
        }
    }
}

impl Report {
    /// What it comes to. A group that is not provisioned differs from nothing; one that cannot be asked about is never without drift.
    pub fn verdict(&self) -> Verdict {
        let drifted = |group: &GroupReport| match &group.outcome {
            Outcome::Compared(compared) => compared.differs(),
            Outcome::Gone => true,
            Outcome::NotProvisioned | Outcome::Unknown { .. } => false,
        };
        let unknown = |group: &GroupReport| match &group.outcome {
            Outcome::Compared(compared) => compared.unreadable > 0,
            Outcome::Unknown { .. } => true,
            Outcome::NotProvisioned | Outcome::Gone => false,
        };
        if self.groups.iter().any(drifted) {
            Verdict::Drift
        } else if self.groups_omitted > 0 || self.groups.iter().any(unknown) {
            Verdict::Unknown
        } else {
            Verdict::NoDrift
        }
    }
    /// The people of nested groups who are missing: how many memberships that are.
    pub fn nested(&self) -> usize {
        self.groups.iter().filter_map(GroupReport::compared).map(|compared| compared.nested).sum()
    }
    /// Whether every group could be compared.
    pub fn is_complete(&self) -> bool {
        let known = |group: &GroupReport| match &group.outcome {
            Outcome::Compared(compared) => compared.unreadable == 0,
            Outcome::NotProvisioned | Outcome::Gone => true,
            Outcome::Unknown { .. } => false,
        };
        self.groups_omitted == 0 && self.groups.iter().all(known)
    }
}

#[cfg(test)]
mod tests;
