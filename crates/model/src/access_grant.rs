//! What a person has beside their identity when a policy asks for more: a purpose they gave, an approval they hold.

use serde::{Deserialize, Serialize};

use crate::{AppId, Email, GrantId, PolicyId, Timestamp, UserId};

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
    /// Whose.
    pub user: UserId,
    /// The application.
    pub app: AppId,
    /// The policy whose demand for an approval it meets.
    pub policy: PolicyId,
    /// Good from then.
    pub from: Timestamp,
    /// Good until then, exclusive.
    pub until: Timestamp,
    /// Who approved; empty when an administrator made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Email>,
    /// Why, in the words of whoever made or asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Standing {
    /// The purpose given for a policy of an application.
    pub fn purpose(&self, app: AppId, policy: PolicyId) -> Option<&PurposeGiven> {
        self.purposes.iter().find(|given| given.app == app && given.policy == policy)
    }
    /// The grant for a policy of an application that holds longest, of those that hold now.
    pub fn grant(&self, app: AppId, policy: PolicyId, now: Timestamp) -> Option<&Grant> {
        let holding = self.grants.iter().filter(|grant| grant.app == app && grant.policy == policy && grant.holds_at(now));
        holding.max_by_key(|grant| grant.until)
    }
}

impl Grant {
    /// True while the grant is good.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}
