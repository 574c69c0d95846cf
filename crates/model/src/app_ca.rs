//! The key pair with which an application's short-lived SSH certificates are signed.

use serde::{Deserialize, Serialize};

use crate::{AppCaId, Timestamp};

/// The public half; the private one is sealed beside it. One for an application, at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppCa {
    /// Id.
    pub id: AppCaId,
    /// As in `authorized_keys`: `ecdsa-sha2-nistp256 AAAA…` and a comment.
    pub public_key: String,
    /// When it was made.
    pub created_at: Timestamp,
}
