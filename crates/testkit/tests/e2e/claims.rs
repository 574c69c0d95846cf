//! Reading tokens and keys as an application's own library would.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;
use testkit::World;

/// Header and claims of a token, unchecked.
pub fn unchecked(token: &str) -> (Value, Value) {
    let part = |n: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap();
    (part(0), part(1))
}

/// The claims of a token for an audience, checked against the published keys.
pub async fn verified(world: &World, token: &str, aud: &str) -> Value {
    let certs = world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await;
    let keys: JwkSet = serde_json::from_value(certs.json()).unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[aud]);
    rules.set_issuer(&[world.team()]);
    // The world's clock may be ahead of the machine's.
    rules.validate_exp = false;
    decode::<Value>(token, &DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap(), &rules).unwrap().claims
}

/// The claims of a token that names no audience, checked against the published keys.
pub async fn verified_for_anybody(world: &World, token: &str) -> Value {
    let certs = world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await;
    let keys: JwkSet = serde_json::from_value(certs.json()).unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_aud = false;
    rules.validate_exp = false;
    decode::<Value>(token, &DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap(), &rules).unwrap().claims
}
