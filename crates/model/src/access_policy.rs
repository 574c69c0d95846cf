//! Access policies: a decision and the rules under which it applies.

use serde::{Deserialize, Serialize};

use crate::{AppId, PolicyId, SessionDuration, Timestamp, rule::RuleSet};

/// What happens when a policy matches. Wire names in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyAction {
    /// Let in (`allow`).
    Allow,
    /// Keep out (`deny`, shown as Block).
    Deny,
    /// Let in without a person: Service Auth (`non_identity`).
    NonIdentity,
    /// Forward without any check, token or log (`bypass`).
    Bypass,
}

impl PolicyAction {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NonIdentity => "non_identity",
            Self::Bypass => "bypass",
        }
    }
}

/// A policy. Reusable ones stand alone; one with an owner belongs to that application and dies with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPolicy {
    /// Id.
    pub id: PolicyId,
    /// Name, shown to people who are refused.
    pub name: String,
    /// What it does.
    pub decision: PolicyAction,
    /// When it matches.
    #[serde(flatten)]
    pub rules: RuleSet,
    /// Life of the application token for people matched by this policy; absent: the application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_duration: Option<SessionDuration>,
    /// The owning application; `None` for a reusable policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AppId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A policy's place in an application's list; lower comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLink {
    /// The policy.
    pub id: PolicyId,
    /// Its place; unique within the application.
    pub precedence: u32,
}
