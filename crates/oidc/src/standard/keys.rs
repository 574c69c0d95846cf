//! Key sets of any provider: RSA and elliptic curves, with or without key ids.

use serde_json::{Map, Value};

use crate::{
    id_token::{IdTokenError, cut},
    json,
    jwks::{JwkSetError, MAX_KEYS},
    jws::{Algorithm, PublicKey},
};

/// A parsed key set. Order means nothing.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    /// The one algorithm the key is for, when it says so.
    algorithm: Option<Algorithm>,
    key: PublicKey,
}

impl Key {
    fn may_verify(&self, algorithm: Algorithm) -> bool {
        self.key.fits(algorithm) && self.algorithm.is_none_or(|own| own == algorithm)
    }
}

impl KeySet {
    /// Parses a set. Keys for other purposes or of other kinds are skipped; a set without any usable key is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkSetError> {
        let map = json::object(bytes).map_err(JwkSetError::Json)?;
        let list = map.get("keys").and_then(Value::as_array).ok_or(JwkSetError::NoList)?;
        if list.len() > MAX_KEYS {
            return Err(JwkSetError::TooMany(list.len()));
        }
        let keys: Vec<Key> = list.iter().filter_map(|key| usable(key.as_object()?)).collect();
        if keys.is_empty() { Err(JwkSetError::NoneUsable(list.len())) } else { Ok(Self(keys)) }
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none; a parsed set has at least one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed: those with the token's key id, at most four. A token without key id is accepted only when a
    /// single key of the set fits its algorithm (OpenID Connect Core 1.0 section 10.1).
    pub fn for_token(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Vec<&PublicKey>, IdTokenError> {
        let fitting = self.0.iter().filter(|key| key.may_verify(algorithm));
        match kid {
            Some(kid) => {
                let named: Vec<_> = fitting.filter(|key| key.kid.as_deref() == Some(kid)).take(4).map(|key| &key.key).collect();
                if named.is_empty() { Err(IdTokenError::UnknownKey(cut(kid))) } else { Ok(named) }
            }
            None => {
                let all: Vec<_> = fitting.map(|key| &key.key).collect();
                if all.len() == 1 { Ok(all) } else { Err(IdTokenError::NoKeyId) }
            }
        }
    }
}

fn usable(key: &Map<String, Value>) -> Option<Key> {
    if key.get("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let algorithm = match key.get("alg") {
        None => None,
        // A key for an algorithm nobody here speaks is of no use.
        Some(named) => Some(Algorithm::parse(named.as_str()?)?),
    };
    let kid = match key.get("kid") {
        None => None,
        Some(kid) => Some(kid.as_str().filter(|kid| !kid.is_empty() && kid.len() <= 256)?.to_owned()),
    };
    Some(Key { kid, algorithm, key: PublicKey::from_jwk(key).ok()? })
}
