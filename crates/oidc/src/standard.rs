//! ID tokens and key sets of OpenID Connect providers that are not Entra: any asymmetric algorithm that fits the provider's key.
//!
//! Sources: OpenID Connect Core 1.0 sections 2 and 3.1.3.7; RFC 7517.

mod keys;
#[cfg(test)]
mod tests;

pub use keys::KeySet;

use serde_json::{Map, Value};

use crate::{
    id_token::{IdTokenError, MAX_LEN, audience, cut, nonce, text, texts, times},
    jws::{Algorithm, JwsError, Unverified},
};

/// Tolerated difference between the clocks, in seconds, in both directions.
pub const SKEW_SECS: i64 = 60;

/// What a token must fit.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Our client id.
    pub client_id: &'a str,
    /// Says whether an `iss` is the provider's.
    pub is_issuer: &'a (dyn Fn(&str) -> bool + Sync),
    /// The nonce sent with the authorize request; `None` for a refreshed token (OpenID Connect Core 1.0 section 12.2).
    pub nonce: Option<&'a str>,
    /// Now, in seconds since the Unix epoch.
    pub now_secs: i64,
}

/// Claims of a validated token.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Subject: never reassigned at this issuer.
    pub sub: String,
    /// Authentication methods, when told.
    pub amr: Vec<String>,
    /// Session id, when told.
    pub sid: Option<String>,
    /// Every claim as it came, JSON types kept.
    pub all: Map<String, Value>,
}

/// Validates a token against a key set and what was expected.
///
/// [`IdTokenError::UnknownKey`] and [`IdTokenError::NoKeyId`] are worth a second try with a fresh key set.
pub fn validate(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, IdTokenError> {
    let unverified = Unverified::parse_any(token, MAX_LEN, &Algorithm::ALL)?;
    let candidates = keys.for_token(unverified.kid(), unverified.algorithm())?;
    let mut signed: Option<Map<String, Value>> = None;
    for key in candidates {
        match unverified.verify_any(key) {
            Ok(map) => {
                signed = Some(map);
                break;
            }
            Err(JwsError::Signature) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let all = signed.ok_or(IdTokenError::Token(JwsError::Signature))?;
    let iss = text(&all, "iss")?.to_owned();
    if !(expected.is_issuer)(&iss) {
        return Err(IdTokenError::Issuer { found: cut(&iss), wanted: "the provider's".into() });
    }
    audience(&all, expected.client_id)?;
    times(&all, expected.now_secs, SKEW_SECS)?;
    if let Some(wanted) = expected.nonce {
        nonce(&all, wanted)?;
    }
    let sub = text(&all, "sub")?.to_owned();
    if sub.len() > 255 {
        return Err(IdTokenError::Claim { name: "sub", found: cut(&sub) });
    }
    let sid = all.get("sid").and_then(Value::as_str).filter(|sid| !sid.is_empty() && sid.len() <= 255).map(str::to_owned);
    Ok(Claims { iss, sub, amr: texts(all.get("amr")), sid, all })
}
