//! Key sets (RFC 7517 section 5) as Entra publishes them: RSA keys without `alg`, some bound to one issuer.

use serde_json::{Map, Value};

use crate::{
    issuer::Issuer,
    json::{self, JsonError},
    jws::VerifyKey,
};

/// How many keys of a set are looked at; Entra publishes about ten.
pub const MAX_KEYS: usize = 200;

/// One usable signing key of a set.
#[derive(Debug, Clone)]
pub struct Jwk {
    /// Key id.
    pub kid: String,
    /// Whose tokens the key may sign; a template with `{tenantid}`, a fixed issuer, or nothing said.
    pub issuer: Option<Issuer>,
    /// The key itself, parsed.
    pub key: VerifyKey,
}

impl Jwk {
    /// True when a token of this issuer and tenant may be signed with the key: with the tenant filled into the key's
    /// issuer it must be the token's issuer (Microsoft: "Signing Key Rollover in Microsoft identity platform").
    pub fn may_sign(&self, issuer: &str, tenant: &str) -> bool {
        self.issuer.as_ref().is_none_or(|own| own.for_tenant(tenant) == issuer)
    }
}

/// A parsed key set. Order means nothing.
#[derive(Debug, Clone)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    skipped: usize,
}

/// Why a key set is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    /// Not a strict JSON object.
    #[error("the key set is unusable: {0}")]
    Json(JsonError),
    /// No `keys` array.
    #[error("the key set has no list \"keys\"")]
    NoList,
    /// More keys than are looked at.
    #[error("the key set has {0} keys; at most 200 are accepted")]
    TooMany(usize),
    /// None of the keys can verify RS256.
    #[error("none of the {0} keys of the set is an RSA signing key of 2048 to 4096 bits with a key id")]
    NoneUsable(usize),
}

impl JwkSet {
    /// Parses a set. Keys for other purposes or of other kinds are skipped, so that a new kind of key next to the
    /// known ones breaks nothing; a set without any usable key is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkSetError> {
        let map = json::object(bytes).map_err(JwkSetError::Json)?;
        let list = map.get("keys").and_then(Value::as_array).ok_or(JwkSetError::NoList)?;
        if list.len() > MAX_KEYS {
            return Err(JwkSetError::TooMany(list.len()));
        }
        let keys: Vec<Jwk> = list.iter().filter_map(|k| usable(k.as_object()?)).collect();
        if keys.is_empty() {
            return Err(JwkSetError::NoneUsable(list.len()));
        }
        let skipped = list.len() - keys.len();
        Ok(Self { keys, skipped })
    }

    /// The keys with this id: usually one or none.
    pub fn with_id<'a>(&'a self, kid: &'a str) -> impl Iterator<Item = &'a Jwk> {
        self.keys.iter().filter(move |k| k.kid == kid)
    }

    /// The key ids, for messages.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|k| k.kid.as_str())
    }

    /// How many keys of the document were left out.
    pub fn skipped(&self) -> usize {
        self.skipped
    }
}

fn usable(key: &Map<String, Value>) -> Option<Jwk> {
    let text = |member: &str| key.get(member).and_then(Value::as_str);
    let absent_or = |member: &str, wanted: &str| key.get(member).is_none_or(|v| v == wanted);
    if text("kty") != Some("RSA") || !absent_or("use", "sig") || !absent_or("alg", "RS256") {
        return None;
    }
    // An issuer that cannot be read must not turn into "may sign for everybody".
    let issuer = match key.get("issuer") {
        None => None,
        Some(value) => Some(Issuer::parse(value.as_str()?)?),
    };
    Some(Jwk {
        kid: text("kid").filter(|k| !k.is_empty() && k.len() <= 256)?.to_owned(),
        issuer,
        key: VerifyKey::from_jwk(text("n")?, text("e")?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::jws::RsaKey;

    fn rsa(kid: &str) -> Value {
        let (n, e) = RsaKey::generate().unwrap().modulus_exponent();
        json!({"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": n, "e": e})
    }

    fn parse(keys: &[Value]) -> Result<JwkSet, JwkSetError> {
        JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn keys_without_alg_are_taken_and_others_are_skipped() {
        let mut encryption = rsa("enc");
        encryption["use"] = json!("enc");
        let mut other_alg = rsa("ps");
        other_alg["alg"] = json!("PS256");
        let mut odd_issuer = rsa("odd");
        odd_issuer["issuer"] = json!(7);
        let mut weak = rsa("weak");
        weak["n"] = json!("AQAB");
        let elliptic = json!({"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"});
        let set = parse(&[rsa("a"), encryption, other_alg, odd_issuer, weak, elliptic, json!(1), rsa("b")]).unwrap();
        assert_eq!(set.ids().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(set.skipped(), 6);
        assert_eq!((set.with_id("b").count(), set.with_id("c").count()), (1, 0));
    }

    #[test]
    fn a_key_signs_only_for_the_issuer_it_names() {
        let mut template = rsa("t");
        template["issuer"] = json!("https://login.example/{tenantid}/v2.0");
        let mut fixed = rsa("f");
        fixed["issuer"] = json!("https://login.example/9188/v2.0");
        let set = parse(&[template, fixed, rsa("n")]).unwrap();
        let may = |kid: &str, tid: &str| {
            let iss = format!("https://login.example/{tid}/v2.0");
            set.with_id(kid).all(|k| k.may_sign(&iss, tid))
        };
        assert!(may("t", "t1") && may("n", "t1"));
        assert!(!may("f", "t1") && may("f", "9188"));
        let template = set.with_id("t").next().unwrap();
        assert!(!template.may_sign("https://login.example/t2/v2.0", "t1"));
    }

    #[test]
    fn empty_and_swollen_sets_are_refused() {
        assert_eq!(parse(&[]).unwrap_err(), JwkSetError::NoneUsable(0));
        assert_eq!(parse(&vec![json!({}); 201]).unwrap_err(), JwkSetError::TooMany(201));
        assert_eq!(JwkSet::parse(b"{}").unwrap_err(), JwkSetError::NoList);
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = JwkSet::parse(&bytes);
        }
    }
}
