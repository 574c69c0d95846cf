//! Checks of a session between sign-ins: whether the provider still vouches for the person.

use crate::Timestamp;

/// How the checks of a session stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCheck {
    /// When it is checked next.
    pub next_check_at: Timestamp,
    /// When the provider was last asked; `None` before the first check.
    pub checked_at: Option<Timestamp>,
    /// When the provider last vouched for the person again.
    pub good_at: Option<Timestamp>,
    /// Since when nothing certain could be learnt; the grace counts from then.
    pub failing_since: Option<Timestamp>,
    /// Failed checks in succession.
    pub failures: u32,
    /// What the last check found; `None` before the first one.
    pub outcome: Option<CheckOutcome>,
}

/// What a check found. A check that ends the session leaves no outcome here: the session's own state says why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The provider still vouches for the person, and nothing that a rule asks about changed.
    Good,
    /// The provider could not be asked, or its answer could not be used.
    Unreachable,
    /// The provider vouches for the person, but could not tell the groups that rules ask about.
    GroupsUnknown,
}

impl CheckOutcome {
    /// The stable name: stored, logged and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unreachable => "unreachable",
            Self::GroupsUnknown => "groups-unknown",
        }
    }
    /// The outcome behind a stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Good, Self::Unreachable, Self::GroupsUnknown].into_iter().find(|outcome| outcome.as_str() == name)
    }
}
