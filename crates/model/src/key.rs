//! Signing keys of the account.

use serde::{Deserialize, Serialize};

use crate::{KeyId, Timestamp};

/// A retired key stays published and good for this many seconds: seven days ("Validate JWTs" of Cloudflare One).
pub const RETIRED_KEY_LIFE_SECS: i64 = 7 * 86_400;

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
