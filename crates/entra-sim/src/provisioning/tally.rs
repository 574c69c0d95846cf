//! Owns counting what a cycle did.

use serde::Serialize;
use uuid::Uuid;

use super::client::Recorded;
use super::job::Kind;
use super::log::Action;

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
    /// Objects and references that failed.
    pub failed: u64,
    /// Deletions that were held back.
    pub held_back: u64,
    /// The first failures in words.
    pub errors: Vec<String>,
}

impl Tally {
    /// Notes a failure.
    pub fn fail(&mut self, text: String) {
        self.failed += 1;
        if self.errors.len() < TEXTS {
            self.errors.push(text);
        }
    }

    /// Counts an object that was written.
    pub fn count(&mut self, kind: Kind, action: Action) {
        let count = match (kind, action) {
            (Kind::User, Action::Create) => &mut self.users_created,
            (Kind::User, Action::Update) => &mut self.users_updated,
            (Kind::User, Action::Disable) => &mut self.users_disabled,
            (Kind::User, Action::Delete) => &mut self.users_deleted,
            (Kind::Group, Action::Create) => &mut self.groups_created,
            (Kind::Group, Action::Update | Action::Disable) => &mut self.groups_updated,
            (Kind::Group, Action::Delete) => &mut self.groups_deleted,
            (_, Action::Other) => return,
        };
        *count += 1;
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
    /// Milliseconds that it took.
    pub millis: u64,
    /// Calls as they went.
    pub requests: Vec<Recorded>,
}
