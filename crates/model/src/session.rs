//! Sessions: one sign-in of one person, found by its nonce.

use serde::{Deserialize, Serialize};

use crate::{IdpId, Nonce, Timestamp, UserId};

/// A session as stored. The identity is held beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id; `identity_nonce` in tokens.
    pub nonce: Nonce,
    /// Whose.
    pub user_id: UserId,
    /// By which provider.
    pub idp: IdpId,
    /// The person's generation when it began; a higher one of the person ends it.
    pub user_generation: u32,
    /// The account's generation when it began.
    pub account_generation: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Its state.
    pub state: SessionState,
}

/// State of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SessionState {
    /// Usable until it expires or a generation passes it.
    Live,
    /// Ended.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        why: RevokeReason,
    },
}

/// Why sessions were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevokeReason {
    /// The person signed out.
    Logout,
    /// An administrator revoked the person.
    Administrator,
    /// SCIM: deactivated or deleted.
    Deprovisioned,
    /// SCIM: group membership changed and the provider re-authenticates on that.
    GroupChange,
    /// The person was removed from the registry.
    UserRemoved,
    /// The identity provider was removed.
    ProviderRemoved,
    /// A liveness check: the provider no longer vouches for the person.
    ProviderRevoked,
    /// A liveness check: the provider could not be asked for longer than the grace.
    ProviderSilent,
    /// The provider told that the person signed out there.
    ProviderLogout,
    /// The person began more sessions than one may have; the oldest went.
    TooMany,
}

impl RevokeReason {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Administrator => "administrator",
            Self::Deprovisioned => "deprovisioned",
            Self::GroupChange => "group-change",
            Self::UserRemoved => "user-removed",
            Self::ProviderRemoved => "provider-removed",
            Self::ProviderRevoked => "provider-revoked",
            Self::ProviderSilent => "provider-silent",
            Self::ProviderLogout => "provider-logout",
            Self::TooMany => "too-many",
        }
    }
}
