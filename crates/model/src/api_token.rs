//! API tokens and what they permit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ApiTokenId, Secret, Timestamp};

/// A permission, named after the v4 permission group it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Organisation, providers, groups: read.
    OrgRead,
    /// Organisation, providers, groups: write.
    OrgWrite,
    /// Revoke people and tokens.
    Revoke,
    /// Applications and policies: read.
    AppsRead,
    /// Applications and policies: write.
    AppsWrite,
    /// Service tokens: read.
    ServiceTokensRead,
    /// Service tokens: write.
    ServiceTokensWrite,
    /// People, seats and sessions: read.
    UsersRead,
    /// People, seats and sessions: write.
    UsersWrite,
    /// Access decisions: read.
    AuditRead,
    /// Writes of provisioning clients: read.
    ScimLogsRead,
    /// Policy of the administrators' console (ruling 29).
    ConsoleAdmin,
}

impl Permission {
    /// Every permission: what the first administrator's token holds.
    pub const ALL: [Self; 12] = [
        Self::OrgRead,
        Self::OrgWrite,
        Self::Revoke,
        Self::AppsRead,
        Self::AppsWrite,
        Self::ServiceTokensRead,
        Self::ServiceTokensWrite,
        Self::UsersRead,
        Self::UsersWrite,
        Self::AuditRead,
        Self::ScimLogsRead,
        Self::ConsoleAdmin,
    ];
}

/// An API token; the secret is stored as a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Public id.
    pub id: ApiTokenId,
    /// Name.
    pub name: String,
    /// HMAC-SHA-256 of the token, hexadecimal.
    pub secret_hash: Secret,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
    /// Switched on.
    pub enabled: bool,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
