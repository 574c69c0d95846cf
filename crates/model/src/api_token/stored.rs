//! The stored document of a token, and those of earlier releases.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ApiToken, Permission, RequestIp, Resources};
use crate::{ApiTokenId, Secret, Timestamp};

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    id: ApiTokenId,
    name: String,
    secret_hash: Secret,
    /// Written by releases up to the one that took over the contract's permission groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permissions: Vec<Early>,
    #[serde(default)]
    grants: BTreeSet<Permission>,
    /// It holds everything, whatever comes to be added.
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    resources: Option<Resources>,
    #[serde(default)]
    request_ip: RequestIp,
    enabled: bool,
    #[serde(default)]
    not_before: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(default)]
    updated_at: Option<Timestamp>,
}

/// The permissions of earlier releases. Some were split since.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Early {
    OrgRead,
    OrgWrite,
    Revoke,
    AppsRead,
    AppsWrite,
    ServiceTokensRead,
    ServiceTokensWrite,
    UsersRead,
    UsersWrite,
    AuditRead,
    ScimLogsRead,
    ConsoleAdmin,
}

/// How many there were: who held all of them was the administrator.
const EARLY: usize = 12;

impl Early {
    /// What a holder could do then, in the permissions of now.
    const fn now(self) -> &'static [Permission] {
        match self {
            Self::OrgRead => &[Permission::OrgRead, Permission::ZeroTrustRead, Permission::TokensRead],
            Self::OrgWrite => &[Permission::OrgWrite, Permission::ZeroTrustWrite, Permission::TokensWrite],
            Self::Revoke => &[Permission::OrgRevoke, Permission::AppsRevoke],
            Self::AppsRead => &[Permission::AppsRead],
            Self::AppsWrite => &[Permission::AppsWrite],
            Self::ServiceTokensRead => &[Permission::ServiceTokensRead],
            Self::ServiceTokensWrite => &[Permission::ServiceTokensWrite],
            Self::UsersRead => &[Permission::UsersRead],
            Self::UsersWrite => &[Permission::UsersWrite, Permission::UsersRead],
            Self::AuditRead => &[Permission::AuditRead],
            Self::ScimLogsRead => &[Permission::ScimLogsRead],
            Self::ConsoleAdmin => &[Permission::ConsoleAdmin],
        }
    }
}

impl From<Stored> for ApiToken {
    fn from(stored: Stored) -> Self {
        let early: BTreeSet<Early> = stored.permissions.into_iter().collect();
        let permissions = if stored.complete || early.len() == EARLY {
            Permission::ALL.into()
        } else {
            early.into_iter().flat_map(|p| p.now().iter().copied()).chain(stored.grants).collect()
        };
        Self {
            id: stored.id,
            name: stored.name,
            secret_hash: stored.secret_hash,
            permissions,
            resources: stored.resources,
            request_ip: stored.request_ip,
            enabled: stored.enabled,
            not_before: stored.not_before,
            expires_at: stored.expires_at,
            created_at: stored.created_at,
            updated_at: stored.updated_at.unwrap_or(stored.created_at),
        }
    }
}

impl From<ApiToken> for Stored {
    fn from(token: ApiToken) -> Self {
        Self {
            complete: token.permissions.len() == Permission::ALL.len(),
            id: token.id,
            name: token.name,
            secret_hash: token.secret_hash,
            permissions: Vec::new(),
            grants: token.permissions,
            resources: token.resources,
            request_ip: token.request_ip,
            enabled: token.enabled,
            not_before: token.not_before,
            expires_at: token.expires_at,
            created_at: token.created_at,
            updated_at: Some(token.updated_at),
        }
    }
}
