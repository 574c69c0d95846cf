//! Service tokens: credentials of programs.

use serde::{Deserialize, Serialize};

use crate::{Secret, ServiceTokenId, SessionDuration, Timestamp};

/// A service token. Secrets are stored as keyed hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceToken {
    /// Id.
    pub id: ServiceTokenId,
    /// Name.
    pub name: String,
    /// Public half: 32 hexadecimal characters and `.access`.
    pub client_id: String,
    /// HMAC-SHA-256 of the secret, hexadecimal.
    pub secret_hash: Secret,
    /// Version of the secret; raised by each rotation.
    pub client_secret_version: u32,
    /// Former secret and until when it is good.
    pub previous: Option<PreviousSecret>,
    /// Life from creation or refresh; `None` for ever.
    pub duration: Option<SessionDuration>,
    /// When it ends; `None` never.
    pub expires_at: Option<Timestamp>,
    /// Switched on.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A rotated-out secret in its grace period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// Keyed hash.
    pub secret_hash: Secret,
    /// Good until then.
    pub expires_at: Timestamp,
}
