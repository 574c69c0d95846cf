//! Reading a compact token strictly: the shape first, then the signature, and only then the claims.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Algorithm, PublicKey, VerifyKey};
use crate::json::{self, JsonError};

/// The longest key id that is looked at.
const MAX_KID: usize = 256;
/// Header members that bring a key, a key's address or an extension along: never followed, so never let in.
const REFUSED: [&str; 6] = ["crit", "jwk", "jku", "x5u", "x5c", "cty"];

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than the caller allows.
    #[error("the token has {length} bytes; at most {max} are read")]
    TooLong {
        /// Its length.
        length: usize,
        /// The caller's limit.
        max: usize,
    },
    /// Not `header.payload.signature`.
    #[error("the token does not have three parts separated by dots")]
    Parts,
    /// A part is not base64url without padding.
    #[error("the {0} of the token is not base64url without padding")]
    Base64(&'static str),
    /// A part is not a strict JSON object.
    #[error("the {part} of the token is unusable: {source}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// What is wrong with it.
        source: JsonError,
    },
    /// `alg` is not one that is accepted: RS256, for tokens of other providers any of [`Algorithm`].
    #[error("the token is signed with {0:?}, which is not accepted here")]
    Algorithm(String),
    /// A header member that could steer verification.
    #[error("the token's header has the member {0:?}, which is not accepted")]
    HeaderMember(&'static str),
    /// `kid` is not a text of at most 256 bytes.
    #[error("the token's key id is not a text of at most 256 bytes")]
    KeyId,
    /// The signature does not fit the key.
    #[error("the token's signature does not fit the key")]
    Signature,
    /// The claims do not have the expected form.
    #[error("the token's claims do not have the expected form: {0}")]
    Claims(String),
}

/// A token of the right shape whose signature has not been looked at; its claims cannot be read before.
pub struct Unverified<'a> {
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
}

impl<'a> Unverified<'a> {
    /// Splits a token of at most `max_len` bytes: three parts, each base64url without padding, header a JSON object
    /// without doubled members, `alg` exactly `RS256`, none of `crit`, `jwk`, `jku`, `x5u`, `x5c`, `cty`.
    pub fn parse(token: &'a str, max_len: usize) -> Result<Self, JwsError> {
        Self::parse_any(token, max_len, &[Algorithm::Rs256])
    }

    /// The same for a token whose `alg` is one of those given.
    pub fn parse_any(token: &'a str, max_len: usize, accepted: &[Algorithm]) -> Result<Self, JwsError> {
        if token.len() > max_len {
            return Err(JwsError::TooLong { length: token.len(), max: max_len });
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Parts)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Parts)?;
        if payload.contains('.') || header.is_empty() || payload.is_empty() {
            return Err(JwsError::Parts);
        }
        let header = json::object(&decode(header, "header")?).map_err(|source| JwsError::Json { part: "header", source })?;
        let named = header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let Some(algorithm) = named.filter(|named| accepted.contains(named)) else {
            let said = header.get("alg").map_or_else(|| "nothing".to_owned(), |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            return Err(JwsError::Algorithm(said.chars().take(40).collect()));
        };
        if let Some(name) = REFUSED.into_iter().find(|n| header.contains_key(*n)) {
            return Err(JwsError::HeaderMember(name));
        }
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= MAX_KID => Some(kid.clone().into()),
            Some(_) => return Err(JwsError::KeyId),
        };
        let typ = header.get("typ").and_then(Value::as_str).map(|typ| typ.to_owned().into());
        Ok(Self { signed, payload, signature: decode(signature, "signature")?, algorithm, kid, typ })
    }

    /// A token that bears exactly this header, as [`RsaKey::header`](super::RsaKey::header) writes it: one of our own, whose header need
    /// not be read. `None` for every other, which [`Self::parse`] is for.
    pub fn of_ours(token: &'a str, max_len: usize, header: &str, kid: &'a str) -> Option<Self> {
        let rest = token.strip_prefix(header)?.strip_prefix('.').filter(|_| token.len() <= max_len)?;
        let (payload, signature) = rest.split_once('.')?;
        let signed = &token[..header.len() + 1 + payload.len()];
        let signature = decode(signature, "signature").ok().filter(|_| !payload.is_empty())?;
        Some(Self { signed, payload, signature, algorithm: Algorithm::Rs256, kid: Some(kid.into()), typ: Some("JWT".into()) })
    }

    /// The key id the header names; not trusted, only good for finding a key.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The header's `typ`; covered by the signature, so trustworthy after [`Self::verify`].
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Checks the signature and reads the claims. Signature only: times, issuer and audience are the caller's.
    pub fn verify<C: DeserializeOwned>(&self, key: &VerifyKey) -> Result<C, JwsError> {
        let signed = self.algorithm == Algorithm::Rs256 && key.verifies(self.signed.as_bytes(), &self.signature);
        if signed { self.claims() } else { Err(JwsError::Signature) }
    }

    /// The same with a key of our own: what it signed we wrote, so members that nobody asks for are passed over unread.
    pub fn verify_ours<C: DeserializeOwned>(&self, key: &VerifyKey) -> Result<C, JwsError> {
        if self.algorithm != Algorithm::Rs256 || !key.verifies(self.signed.as_bytes(), &self.signature) {
            return Err(JwsError::Signature);
        }
        let claims = decode(self.payload, "payload")?;
        serde_json::from_slice(&claims).map_err(|e| JwsError::Claims(e.to_string().chars().take(200).collect()))
    }

    /// The same with a key of another provider.
    pub fn verify_any<C: DeserializeOwned>(&self, key: &PublicKey) -> Result<C, JwsError> {
        let signed = key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature);
        if signed { self.claims() } else { Err(JwsError::Signature) }
    }

    /// The algorithm the header names, one of those accepted.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn claims<C: DeserializeOwned>(&self) -> Result<C, JwsError> {
        let claims = json::object(&decode(self.payload, "payload")?).map_err(|source| JwsError::Json { part: "payload", source })?;
        serde_json::from_value(Value::Object(claims)).map_err(|e| JwsError::Claims(e.to_string().chars().take(200).collect()))
    }
}

impl fmt::Debug for Unverified<'_> {
    /// A token opens doors: only its key id is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn decode(part: &str, name: &'static str) -> Result<Vec<u8>, JwsError> {
    B64URL.decode(part).map_err(|_| JwsError::Base64(name))
}
