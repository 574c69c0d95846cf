//! The guard against mass deactivation (ruling 25): when it trips, and what it holds until an administrator decides.

use serde::{Deserialize, Serialize};

use crate::{ScimId, Timestamp, UserId, idp::DeactivationGuard, provisioned::Provisioned};

/// That the guard of a provider tripped. It stays so until an administrator releases or refuses what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripped {
    /// When.
    pub at: Timestamp,
    /// People deactivated or deleted within the window then.
    pub deactivated: u64,
    /// Of so many who were active before.
    pub of: u64,
}

impl DeactivationGuard {
    /// Whether so many deactivations within the window, with so many people still active after them, are held to be a mistake: both the
    /// number and the share of those who were active before have to be reached.
    pub fn trips(&self, deactivated: u64, active_after: u64) -> bool {
        let before = u128::from(deactivated) + u128::from(active_after);
        deactivated > 0
            && deactivated >= u64::from(self.at_least)
            && u128::from(deactivated) * 100 >= before * u128::from(self.share_percent)
    }
}

/// One thing that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Since when.
    pub at: Timestamp,
    /// What.
    pub what: HeldAction,
}

/// What would have been done without the guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldAction {
    /// A person's seat would have been freed.
    FreeSeat {
        /// Whose.
        user: UserId,
        /// The provisioned user that was deactivated or deleted.
        resource: ScimId,
    },
    /// A provisioned user would have been deleted. It is in no list any more and nobody tied to it may sign in.
    Delete(Box<HeldUser>),
}

/// A provisioned user whose deletion is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUser {
    /// As it was.
    pub user: Provisioned,
    /// The groups it was a direct member of.
    pub groups: Vec<HeldMembership>,
}

/// A membership of a held user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMembership {
    /// The group.
    pub group: ScimId,
    /// The name that was sent with the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// What an administrator decides about everything that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was meant: carry it out.
    Release,
    /// It was a mistake: seats stay, deleted users are back, inactive.
    Refuse,
}

impl Decision {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Refuse => "refuse",
        }
    }
}

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// Seats freed by a release.
    pub seats_freed: u64,
    /// Users deleted for good by a release.
    pub users_deleted: u64,
    /// Seats that stay after a refusal.
    pub seats_kept: u64,
    /// Users brought back by a refusal, inactive.
    pub users_restored: u64,
    /// Users that could not be brought back, because their `userName` is another's by now.
    pub users_not_restored: Vec<String>,
}

impl Settled {
    /// Adds what a further step did.
    pub fn add(&mut self, other: Self) {
        self.seats_freed += other.seats_freed;
        self.users_deleted += other.users_deleted;
        self.seats_kept += other.seats_kept;
        self.users_restored += other.users_restored;
        self.users_not_restored.extend(other.users_not_restored);
    }
}

/// How much is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldCounts {
    /// Seats.
    pub seats: u64,
    /// Deletions.
    pub deletions: u64,
}

/// What traffic told about the directory's mapping of `active`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ActiveMapping {
    /// It can become false, or people are deleted: somebody was.
    Works,
    /// Nobody was deactivated or deleted yet. People who were taken out of all their groups and stayed active, the first few.
    Unproven {
        /// Who.
        stranded: Vec<ScimId>,
    },
}

impl Default for ActiveMapping {
    fn default() -> Self {
        Self::Unproven { stranded: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_the_share_and_the_number_have_to_be_reached() {
        let guard = DeactivationGuard { share_percent: 20, at_least: 10, window_secs: 3600 };
        for (deactivated, active_after, expected) in [
            (0, 0, false),
            (9, 0, false),
            (10, 0, true),
            (10, 40, true),
            (10, 41, false),
            (11, 41, true),
            (199, 801, false),
            (200, 800, true),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(guard.trips(deactivated, active_after), expected, "{deactivated} of {deactivated} + {active_after}");
        }
        let hair = DeactivationGuard { share_percent: 1, at_least: 0, window_secs: 60 };
        assert!(!hair.trips(0, 5), "nobody is no burst");
        assert!(hair.trips(1, 99) && !hair.trips(1, 100));
    }
}
