//! RSA keys: the private one that signs, the public one that verifies. Both are parsed once.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use serde::Serialize;
use serde_json::Value;

use super::der;

/// The largest accepted modulus, in bytes (4096 bits): bounds the cost of one verification.
const MAX_MODULUS: usize = 512;
/// The smallest accepted modulus, in bytes (2048 bits; RFC 7518 section 3.3).
const MIN_MODULUS: usize = 256;

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key could be made.
    #[error("the cryptography library could not make an RSA key")]
    Generate,
    /// Not a private RSA key in PKCS#8.
    #[error("the bytes are not a PKCS#8 RSA private key: {0}")]
    NotPkcs8(String),
    /// A modulus outside 2048 to 4096 bits.
    #[error("an RSA key of {0} bits; keys have 2048 to 4096 bits")]
    Size(usize),
    /// `n` or `e` is not base64url, or not part of an RSA key.
    #[error("the member {0:?} of the key is not a base64url number of an RSA key")]
    Component(&'static str),
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims are not a JSON object.
    #[error("the claims of a token must be a JSON object")]
    NotAnObject,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The cryptography library failed.
    #[error("the cryptography library could not sign")]
    Crypto,
}

/// A private RSA key of 2048 bits or more. Signing takes about a millisecond: keep it off latency-critical threads.
pub struct RsaKey(RsaKeyPair);

/// The header of our own tokens.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

impl<'a> Header<'a> {
    const fn of(kid: &'a str) -> Self {
        Self { alg: "RS256", typ: "JWT", kid }
    }
}

impl RsaKey {
    /// Makes a fresh 2048-bit key. Takes tens to hundreds of milliseconds.
    pub fn generate() -> Result<Self, KeyError> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self).map_err(|_| KeyError::Generate)
    }

    /// Reads an unencrypted PKCS#8 document (RFC 5208), DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let key = RsaKeyPair::from_pkcs8(der).map_err(|e| KeyError::NotPkcs8(e.to_string()))?;
        check_size(key.public_modulus_len())?;
        Ok(Self(key))
    }

    /// The key as PKCS#8, DER. It is the secret itself: seal it.
    pub fn pkcs8(&self) -> Vec<u8> {
        // Writing a key that was parsed or made here cannot fail; an empty document would be refused by every reader.
        self.0.as_der().map_or_else(|_| Vec::new(), |d| d.as_ref().to_vec())
    }

    /// `n` and `e` as a JWK writes them: base64url, big-endian, no leading zeros (RFC 7518 section 6.3.1).
    pub fn modulus_exponent(&self) -> (String, String) {
        let (n, e) = der::rsa_public_key(self.0.public_key().as_ref()).unwrap_or((&[][..], &[][..]));
        (B64URL.encode(n), B64URL.encode(e))
    }

    /// The public half, ready to verify.
    pub fn verify_key(&self) -> Result<VerifyKey, KeyError> {
        let (n, e) = self.modulus_exponent();
        VerifyKey::from_jwk(&n, &e)
    }

    /// Signs the claims, a JSON object: compact form, header `{"alg":"RS256","typ":"JWT","kid":kid}`.
    pub fn sign<C: Serialize + ?Sized>(&self, kid: &str, claims: &C) -> Result<String, SignError> {
        self.compact(&Header::of(kid), claims, &RSA_PKCS1_SHA256)
    }

    /// The first part of every token that [`Self::sign`] makes under this key id.
    pub fn header(kid: &str) -> Result<String, SignError> {
        Ok(B64URL.encode(serde_json::to_vec(&Header::of(kid))?))
    }

    /// Signs with PS256 under a header of the caller's.
    pub(crate) fn sign_ps256(&self, header: &Value, claims: &Value) -> Result<String, SignError> {
        self.compact(header, claims, &RSA_PSS_SHA256)
    }

    fn compact<H: Serialize, C: Serialize + ?Sized>(
        &self,
        header: &H,
        claims: &C,
        encoding: &'static dyn RsaEncoding,
    ) -> Result<String, SignError> {
        let header = serde_json::to_vec(header)?;
        let payload = serde_json::to_vec(claims)?;
        if payload.first() != Some(&b'{') {
            return Err(SignError::NotAnObject);
        }
        let mut token = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 360);
        B64URL.encode_string(header, &mut token);
        token.push('.');
        B64URL.encode_string(payload, &mut token);
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(encoding, &SystemRandom::new(), token.as_bytes(), &mut signature).map_err(|_| SignError::Crypto)?;
        token.push('.');
        B64URL.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey(***)")
    }
}

/// A public RSA key that verifies RS256 signatures; cheap to clone.
#[derive(Clone)]
pub struct VerifyKey {
    key: ParsedPublicKey,
    modulus_len: usize,
}

impl VerifyKey {
    /// From the members `n` and `e` of a JWK (RFC 7518 section 6.3.1). Leading zero octets are tolerated.
    pub fn from_jwk(n: &str, e: &str) -> Result<Self, KeyError> {
        let (n, e) = rsa_numbers(n, e)?;
        let key = RsaPublicKeyComponents { n: &n, e: &e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyError::Component("n"))?;
        Ok(Self { key, modulus_len: n.len() })
    }

    /// True when `signature` is an RS256 signature of `message`. About 30 µs.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.modulus_len && self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyKey({} bits)", self.modulus_len * 8)
    }
}

/// Modulus and exponent of a JWK, checked, without leading zeros.
pub(super) fn rsa_numbers(n: &str, e: &str) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
    let n = number(n, "n", MAX_MODULUS + 8)?;
    check_size(n.len())?;
    let e = number(e, "e", 8)?;
    // An even exponent or 1 is no RSA exponent; with e = 1 anybody signs.
    if e.last().is_none_or(|b| b % 2 == 0) || e == [1] {
        return Err(KeyError::Component("e"));
    }
    Ok((n, e))
}

fn check_size(modulus_bytes: usize) -> Result<(), KeyError> {
    if (MIN_MODULUS..=MAX_MODULUS).contains(&modulus_bytes) { Ok(()) } else { Err(KeyError::Size(modulus_bytes * 8)) }
}

fn number(text: &str, member: &'static str, max: usize) -> Result<Vec<u8>, KeyError> {
    if text.len() > max * 4 / 3 + 4 {
        return Err(KeyError::Component(member));
    }
    let bytes = B64URL.decode(text).map_err(|_| KeyError::Component(member))?;
    let start = bytes.iter().position(|b| *b != 0).ok_or(KeyError::Component(member))?;
    Ok(bytes[start..].to_vec())
}
