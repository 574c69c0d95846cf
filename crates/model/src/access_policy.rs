//! Access policies: a decision and the rules under which it applies.

use serde::{Deserialize, Serialize};

use crate::{AppId, Email, ListId, PolicyId, SessionDuration, Timestamp, rule::RuleSet};

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
    /// What an allowed person must do or hold besides.
    #[serde(default)]
    pub demands: Demands,
    /// The owning application; `None` for a reusable policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AppId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an Allow policy demands of a person beyond its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Demands {
    /// A purpose must be given, once a session.
    pub purpose_justification_required: bool,
    /// The question put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose_justification_prompt: Option<String>,
    /// Somebody must have approved.
    pub approval_required: bool,
    /// Who may approve; every group must be satisfied.
    #[serde(default)]
    pub approval_groups: Vec<ApprovalGroup>,
}

/// People of whom some must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalGroup {
    /// So many of them.
    pub approvals_needed: u32,
    /// Their addresses.
    #[serde(default)]
    pub email_addresses: Vec<Email>,
    /// And those on this list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_list: Option<ListId>,
}

/// A policy's place in an application's list; lower comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyLink {
    /// The policy.
    pub id: PolicyId,
    /// Its place; unique within the application.
    pub precedence: u32,
}
