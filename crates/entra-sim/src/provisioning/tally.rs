//! Owns counting what a cycle did.

use serde::Serialize;
use uuid::Uuid;

use super::client::Recorded;

/// Most error texts kept.
const TEXTS: usize = 200;

/// Counts of one cycle.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// People made.
    pub users_created: u64,
    /// People changed.
    pub users_updated: u64,
    /// People set inactive.
    pub users_disabled: u64,
    /// People deleted.
    pub users_deleted: u64,
    /// Groups made.
    pub groups_created: u64,
    /// Groups changed.
    pub groups_updated: u64,
    /// Groups deleted.
    pub groups_deleted: u64,
    /// Members added.
    pub members_added: u64,
    /// Members removed.
    pub members_removed: u64,
    /// Objects left out.
    pub skipped: u64,
    /// Objects looked at.
    pub imported: u64,
    /// Failures in words.
    pub errors: Vec<String>,
}

impl Tally {
    /// Notes a failure.
    pub fn fail(&mut self, text: String) {
        if self.errors.len() < TEXTS {
            self.errors.push(text);
        }
    }

    /// How many objects were written.
    pub fn exported(&self) -> u64 {
        self.users_created
            + self.users_updated
            + self.users_disabled
            + self.users_deleted
            + self.groups_created
            + self.groups_updated
            + self.groups_deleted
    }
}

/// What `POST /sim/provisioning/{job}/run` answers.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Cycle id.
    pub cycle: Uuid,
    /// `Succeeded`, `EntryLevelErrors` or `Failed`.
    pub state: String,
    /// Counts.
    #[serde(flatten)]
    pub tally: Tally,
    /// Calls as they went.
    pub requests: Vec<Recorded>,
}
