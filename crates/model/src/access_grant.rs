//! What a person has beside their identity when a policy asks for more: a purpose they gave, an approval they hold.

use serde::{Deserialize, Serialize};

use crate::{AppId, GrantId, PolicyId, Timestamp};

/// A person's standing with an application's policies. Kept apart from the identity, which only a sign-in changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Standing {
    /// Purposes given in this session.
    pub purposes: Vec<PurposeGiven>,
    /// Grants that the person holds or held.
    pub grants: Vec<Grant>,
}

/// The answer to "why do you need this?" ("Purpose justification" of Cloudflare One). Holds for one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposeGiven {
    /// The application it was given for.
    pub app: AppId,
    /// The policy that asked.
    pub policy: PolicyId,
    /// In the person's words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Temporary access: an approval ("Temporary authentication" of Cloudflare One) or a grant made by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Id.
    pub id: GrantId,
    /// The application.
    pub app: AppId,
    /// The policy whose demand for an approval it meets.
    pub policy: PolicyId,
    /// Good from then.
    pub from: Timestamp,
    /// Good until then, exclusive.
    pub until: Timestamp,
}

impl Grant {
    /// True while the grant is good.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}
