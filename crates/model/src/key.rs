//! Signing keys of the account.

use serde::{Deserialize, Serialize};

use crate::{KeyId, Timestamp};

/// The public half of an RS256 signing key; the private half is sealed in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// `kid`.
    pub id: KeyId,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
    /// Self-signed certificate of the key, PEM.
    pub certificate: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// `None`: the current key. Else published and good until then.
    pub retires_at: Option<Timestamp>,
}
