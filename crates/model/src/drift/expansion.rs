//! How the filling in of nested members stands, over all groups of a login method.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, finding::Finding};

/// A result is too old after so many intervals.
const GOOD_FOR: i64 = 3;

/// How expansion stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expansion {
    /// Seconds between two readings.
    pub every_secs: u32,
    /// Groups that are expanded.
    pub groups: usize,
    /// The oldest result of all groups; the beginning of the attempts where there is none yet.
    pub oldest: Option<Timestamp>,
    /// Why the last attempt failed, where one did.
    pub why: Option<String>,
}

impl Expansion {
    /// The code of the warning.
    pub const CODE: &'static str = "scim-expansion-old";

    /// What needs an administrator: a result older than three intervals, which still counts.
    pub fn finding(&self, now: Timestamp) -> Option<Finding> {
        let oldest = self.oldest?;
        let age = now.secs_since(oldest);
        if age <= GOOD_FOR * i64::from(self.every_secs) {
            return None;
        }
        let why = self.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let text = format!(
            "nested members were filled in last at {}, {} minutes ago, and are to be read every {} s{why}; what was read then still counts",
            oldest.rfc3339(),
            age / 60,
            self.every_secs
        );
        let fix =
            "The drift report tells what Microsoft Graph says to the question; grant what it names, or set expand_nested_secs to null.";
        Some(Finding::warning(Self::CODE, text, fix))
    }
}
