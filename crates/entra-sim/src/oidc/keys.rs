//! Owns the signing keys: making, publishing, rolling, signing and checking.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use aws_lc_rs::{encoding::Pkcs8V1Der, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::certificate;
use crate::config::StartError;
use crate::directory::user::Secret;

/// How many keys stay published.
const PUBLISHED: usize = 4;

/// How keys are rolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Roll {
    /// The key announced before takes over; old ones stay published.
    Planned,
    /// A key nobody has seen takes over at once; all others vanish.
    Emergency,
}

/// Which key signs tokens for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signer {
    /// One of the tenants' keys, as it should be.
    #[default]
    Own,
    /// The published key of personal accounts, which may sign for no tenant here: clients must refuse such tokens.
    Foreign,
}

/// The tenant of personal accounts, which is the same in Microsoft's public cloud.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

struct SigningKey {
    pair: KeyPair,
    kid: String,
    certificate: Vec<u8>,
}

impl SigningKey {
    fn new(pair: KeyPair) -> Result<Self, StartError> {
        let certificate = certificate::of(&pair)?;
        let print = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        let kid = URL_SAFE_NO_PAD.encode(print.as_ref());
        Ok(Self { pair, kid, certificate })
    }

    fn fresh() -> Result<Self, StartError> {
        KeyPair::generate(KeySize::Rsa2048).map_err(|_| StartError::Key).and_then(Self::new)
    }

    fn load(kept: &Secret) -> Result<Self, StartError> {
        let der = STANDARD.decode(kept.reveal()).map_err(|_| StartError::Key)?;
        KeyPair::from_pkcs8(&der).map_err(|_| StartError::Key).and_then(Self::new)
    }

    fn kept(&self) -> Option<Secret> {
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&self.pair).ok()?;
        Some(Secret::new(STANDARD.encode(der.as_ref())))
    }

    fn jwk(&self, issuer: &str) -> Value {
        let (modulus, exponent) = numbers(self.pair.public_key().as_ref());
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
            "x5c": [STANDARD.encode(&self.certificate)],
            "issuer": issuer,
        })
    }
}

/// Signing keys: the first signs, the second is announced, the rest are retired.
pub struct KeyRing {
    keys: Vec<SigningKey>,
    foreign: SigningKey,
    seal: [u8; 32],
}

/// Keys as the state file holds them.
#[derive(Serialize, Deserialize)]
pub struct KeptKeys {
    keys: Vec<Secret>,
    #[serde(default)]
    foreign: Option<Secret>,
    seal: Secret,
}

impl KeyRing {
    /// Two fresh keys, and one of personal accounts.
    pub fn fresh() -> Result<Self, StartError> {
        Ok(Self { keys: vec![SigningKey::fresh()?, SigningKey::fresh()?], foreign: SigningKey::fresh()?, seal: crate::random::bytes() })
    }

    /// Keys from the state file.
    pub fn load(kept: &KeptKeys) -> Result<Self, StartError> {
        let keys = kept.keys.iter().map(SigningKey::load).collect::<Result<Vec<_>, _>>()?;
        let foreign = kept.foreign.as_ref().map_or_else(SigningKey::fresh, SigningKey::load)?;
        let seal = STANDARD.decode(kept.seal.reveal()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(StartError::Key)?;
        if keys.len() < 2 {
            return Err(StartError::Key);
        }
        Ok(Self { keys, foreign, seal })
    }

    /// Keys for the state file.
    pub fn kept(&self) -> KeptKeys {
        let keys = self.keys.iter().filter_map(SigningKey::kept).collect();
        KeptKeys { keys, foreign: self.foreign.kept(), seal: Secret::new(STANDARD.encode(self.seal)) }
    }

    /// Rolls the keys; takes some 100 ms.
    pub fn roll(&mut self, how: Roll) -> Result<(), StartError> {
        let fresh = SigningKey::fresh()?;
        match how {
            Roll::Planned => {
                self.keys.swap(0, 1);
                self.keys.insert(1, fresh);
                self.keys.truncate(PUBLISHED);
            }
            Roll::Emergency => {
                self.keys = vec![fresh, SigningKey::fresh()?];
                self.foreign = SigningKey::fresh()?;
            }
        }
        Ok(())
    }

    /// The key set document, of every authority under `base`.
    pub fn document(&self, base: &str) -> Value {
        // The announced key stands first: the order means nothing, and clients must not rely on it.
        let template = format!("{base}/{{tenantid}}/v2.0");
        let mut keys: Vec<Value> = self.keys.iter().rev().map(|key| key.jwk(&template)).collect();
        keys.insert(1, self.foreign.jwk(&format!("{base}/{PERSONAL}/v2.0")));
        json!({ "keys": keys })
    }

    /// Signs claims as a JWT.
    pub fn sign(&self, signer: Signer, claims: &Value) -> String {
        let key = match signer {
            Signer::Own => &self.keys[0],
            Signer::Foreign => &self.foreign,
        };
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": key.kid});
        sign_with(key, &header, &header, claims)
    }

    /// Signs an access token for Microsoft Graph: its header carries a nonce that is signed as its
    /// hash, so that nobody but Graph can check the token.
    pub fn sign_for_graph(&self, claims: &Value) -> String {
        let key = &self.keys[0];
        let nonce = crate::random::token(43);
        let header = |nonce: &str| json!({"typ": "JWT", "nonce": nonce, "alg": "RS256", "x5t": key.kid, "kid": key.kid});
        sign_with(key, &header(&nonce), &header(&hashed(&nonce)), claims)
    }

    /// Checks a token for Microsoft Graph and returns its claims.
    pub fn check_for_graph(&self, token: &str) -> Option<Value> {
        let mut parts = token.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let kid = head.get("kid")?.as_str()?.to_owned();
        let nonce = head.get("nonce")?.as_str()?.to_owned();
        head["nonce"] = hashed(&nonce).into();
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(head.to_string()));
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.pair.public_key().as_ref());
        public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// Seals a payload that only the simulator itself reads again.
    pub fn seal(&self, payload: &[u8]) -> String {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.seal), payload);
        format!("1.A{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag))
    }

    /// Opens what [`KeyRing::seal`] made.
    pub fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let (payload, tag) = sealed.strip_prefix("1.A")?.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &self.seal), &payload, &tag).ok()?;
        Some(payload)
    }
}

fn hashed(nonce: &str) -> String {
    let sum = digest(&aws_lc_rs::digest::SHA256, nonce.as_bytes());
    URL_SAFE_NO_PAD.encode(sum.as_ref())
}

fn sign_with(key: &SigningKey, shown: &Value, signed: &Value, claims: &Value) -> String {
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let message = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(signed.to_string()));
    let mut signature = vec![0u8; key.pair.public_modulus_len()];
    let made = key.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
    if made.is_err() {
        // Cannot happen with a key of our own making; an unsigned token would be refused anyway.
        signature.clear();
    }
    format!("{}.{claims}.{}", URL_SAFE_NO_PAD.encode(shown.to_string()), URL_SAFE_NO_PAD.encode(signature))
}

/// Takes modulus and exponent out of an RSAPublicKey (RFC 8017, A.1.1).
fn numbers(der: &[u8]) -> (&[u8], &[u8]) {
    let body = element(der).0;
    let (modulus, rest) = element(body);
    let exponent = element(rest).0;
    (without_sign(modulus), without_sign(exponent))
}

fn without_sign(number: &[u8]) -> &[u8] {
    number.strip_prefix(&[0]).unwrap_or(number)
}

fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let Some(first) = der.get(1).copied() else {
        return (&[], &[]);
    };
    let (length, head) = if first < 0x80 {
        (usize::from(first), 2)
    } else {
        let count = usize::from(first & 0x7f);
        let digits = der.get(2..2 + count).unwrap_or_default();
        let length = digits.iter().fold(0usize, |sum, digit| (sum << 8) | usize::from(*digit));
        (length, 2 + count)
    };
    let end = (head + length).min(der.len());
    der.get(head..end).map_or((&[][..], &[][..]), |body| (body, &der[end..]))
}
