//! Who somebody is, as one sign-in told it. Kept on the server; tokens carry only the nonce that finds it.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{Email, IdpId, ObjectId, Timestamp, UserId, auth_context::ContextId};

/// Key of a person: (issuer, subject). With Entra the issuer is the tenant and the subject the object id (ruling 22).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectKey {
    /// The issuer; with Entra the tenant id.
    pub issuer: String,
    /// The subject; with Entra the object id.
    pub subject: String,
}

/// How far an e-mail address may be trusted by e-mail and domain rules (ruling 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailTrust {
    /// A member of the pinned tenant.
    TenantMember,
    /// `xms_edov`: the domain's owner is verified.
    DomainOwnerVerified,
    /// The provider is marked as authoritative for the address's domain.
    AuthoritativeProvider,
    /// A guest or foreign account without `xms_edov`.
    Unverified,
}

/// Identity of a signed-in person at the moment of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The registry person.
    pub user_id: UserId,
    /// The provider that vouched.
    pub idp: IdpId,
    /// The provider's kind on the wire (`azureAD`).
    pub idp_kind: String,
    /// Key of the person.
    pub key: SubjectKey,
    /// Address chosen by the configured claim, `email`, then the UPN.
    pub email: Email,
    /// Whether mail rules may use it.
    pub email_trust: EmailTrust,
    /// Display name.
    pub name: String,
    /// User principal name, when told.
    pub upn: Option<String>,
    /// Groups, or why they are not known.
    pub groups: Groups,
    /// Authentication methods (RFC 8176), when told.
    #[serde(default)]
    pub amr: Vec<String>,
    /// Authentication contexts of Conditional Access.
    #[serde(default, skip_serializing_if = "AuthContexts::is_empty")]
    pub contexts: AuthContexts,
    /// The provider's id of the browser session, when told (`sid`, for front-channel logout).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Extra claims, JSON types kept.
    #[serde(default)]
    pub claims: BTreeMap<String, serde_json::Value>,
    /// What endpoints of the customer said about the person at the sign-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluations: Vec<Evaluation>,
    /// Country at sign-in, when known.
    pub country: Option<String>,
    /// Address at sign-in.
    pub ip: IpAddr,
    /// When the provider's answer was accepted.
    pub signed_in_at: Timestamp,
}

/// The verdict of a customer's endpoint ("External Evaluation rules" of Cloudflare One), for one pair of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The endpoint.
    pub evaluate_url: String,
    /// Where its keys are.
    pub keys_url: String,
    /// What it said.
    pub said: Verdict,
    /// When.
    pub at: Timestamp,
}

/// What an endpoint of the customer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes, signed and fresh.
    Yes,
    /// No.
    No,
    /// Nothing that could be believed: it did not answer, or the answer was not signed, not fresh, not for this question.
    Nothing,
}

/// Authentication contexts of a sign-in (Microsoft: "Developer guidance for Conditional Access authentication context").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct AuthContexts {
    /// Those that `acrs` of the ID token named.
    pub held: Vec<HeldContext>,
    /// Those that were asked for: what was asked for and is not held was refused, what was not asked for is not known.
    pub asked: Vec<ContextId>,
}

/// A context that was satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldContext {
    /// Which.
    pub id: ContextId,
    /// When the provider said so.
    pub at: Timestamp,
}

impl AuthContexts {
    /// True when none is held and none was asked for.
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty() && self.asked.is_empty()
    }
    /// `Some(true/false)` when it is known whether the context is satisfied, `None` when it was never asked for.
    pub fn satisfied(&self, id: ContextId) -> Option<bool> {
        if self.held.iter().any(|held| held.id == id) {
            return Some(true);
        }
        self.asked.contains(&id).then_some(false)
    }
}

/// A person's groups: a type with three values, because "unknown" is not "none".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Groups {
    /// The provider told them, and that list is complete (perhaps empty).
    Known {
        /// The groups, sorted by object id.
        list: Vec<DirectoryGroup>,
        /// Where they came from.
        source: GroupSource,
        /// When they were read.
        at: Timestamp,
    },
    /// They could not be read. Satisfies no allow, skips no block.
    Unknown {
        /// Why.
        reason: GroupsUnknown,
        /// When that was found.
        at: Timestamp,
    },
}

/// A directory group. Its identity is (provider, object id); the name is a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryGroup {
    /// Object id.
    pub id: ObjectId,
    /// Name, when the directory told it.
    pub name: Option<String>,
}

/// Where groups were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupSource {
    /// The `groups` claim of the ID token.
    Token,
    /// Microsoft Graph, transitive.
    Graph,
    /// What SCIM sent, filled in. Only where policies are tried on people who never signed in: nobody is let in by it (ruling 15).
    Provisioning,
}

/// Why groups are not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupsUnknown {
    /// `support_groups` is off for the provider.
    NotRequested,
    /// Overage and Graph refused (permission or consent missing).
    GraphRefused,
    /// Graph failed, timed out or answered nonsense.
    GraphFailed,
    /// A page of the list was missing.
    Incomplete,
}

impl GroupsUnknown {
    /// The stable name used in logs and answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotRequested => "not-requested",
            Self::GraphRefused => "graph-refused",
            Self::GraphFailed => "graph-failed",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Groups {
    /// `Some(true/false)` when the list is known, `None` when it is not.
    pub fn contains(&self, id: &ObjectId) -> Option<bool> {
        match self {
            Self::Known { list, .. } => Some(list.binary_search_by(|g| g.id.cmp(id)).is_ok()),
            Self::Unknown { .. } => None,
        }
    }
    /// A known list, sorted and without doubles.
    pub fn known(mut list: Vec<DirectoryGroup>, source: GroupSource, at: Timestamp) -> Self {
        list.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.name.cmp(&a.name)));
        list.dedup_by(|a, b| a.id == b.id);
        Self::Known { list, source, at }
    }
}
