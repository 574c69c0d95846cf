//! The change feed: numbered, gap-free, states rather than instructions, so that applying one twice is harmless.

use serde::{Deserialize, Serialize};

use crate::{Nonce, Timestamp, UserId, session::RevokeReason};

/// One row of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Position; the next change has exactly the next number.
    pub seq: u64,
    /// Random number of the row: tells a reused position apart after a lost commit.
    pub tag: u64,
    /// What changed.
    pub kind: ChangeKind,
    /// When.
    pub at: Timestamp,
}

/// What changed. Bodies of objects are read from the configuration snapshot published with the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeKind {
    /// Configuration: an object of this kind was put or removed.
    Object {
        /// Noun: `app`, `policy`, `access_group`, `idp`, `organization`, `service_token`, `api_token`, `key`, `upstream`, `account`.
        noun: String,
        /// Its id.
        id: String,
    },
    /// A session began.
    SessionStarted {
        /// Which.
        nonce: Nonce,
    },
    /// A session ended.
    SessionRevoked {
        /// Which.
        nonce: Nonce,
        /// Why.
        why: RevokeReason,
    },
    /// Every session of a person below this generation is dead.
    UserRevoked {
        /// Whose.
        user_id: UserId,
        /// The new generation.
        generation: u32,
        /// Why.
        why: RevokeReason,
    },
    /// What a person has beside their identity changed: a grant came or went, or a purpose was given in a session of theirs.
    Standing {
        /// Whose.
        user_id: UserId,
    },
    /// A registry person was put or removed.
    User {
        /// Whose.
        user_id: UserId,
    },
}
