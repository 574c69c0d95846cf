//! The signature algorithms of other providers (RFC 7518 section 3.1), and public keys that verify them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use serde_json::{Map, Value};

use super::key::{KeyError, rsa_numbers};

/// An asymmetric signature algorithm. There is no `none` and no HMAC: those cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS #1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS #1 v1.5 with SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// RSA-PSS with SHA-384.
    Ps384,
    /// RSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512, Self::Es256, Self::Es384, Self::Es512];

    /// The name in headers and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// By its exact name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    fn means(self) -> Means {
        match self {
            Self::Rs256 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Means::Rsa(&RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Means::Rsa(&RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Means::Rsa(&RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Means::Curve(Curve::P256, &ECDSA_P256_SHA256_FIXED),
            Self::Es384 => Means::Curve(Curve::P384, &ECDSA_P384_SHA384_FIXED),
            Self::Es512 => Means::Curve(Curve::P521, &ECDSA_P521_SHA512_FIXED),
        }
    }
}

enum Means {
    Rsa(&'static RsaParameters),
    Curve(Curve, &'static EcdsaVerificationAlgorithm),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bytes of one coordinate (RFC 7518 section 6.2.1.2).
    const fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A public key of another provider: RSA of 2048 to 4096 bits, or a point on one of three curves.
#[derive(Clone)]
pub struct PublicKey(Material);

#[derive(Clone)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Point { curve: Curve, bytes: Vec<u8> },
}

impl PublicKey {
    /// Reads a JWK (RFC 7518 section 6). Whether a point lies on its curve shows at the first verification, which then fails.
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyError> {
        let text = |member: &'static str| jwk.get(member).and_then(Value::as_str).ok_or(KeyError::Component(member));
        match text("kty")? {
            "RSA" => {
                let (n, e) = rsa_numbers(text("n")?, text("e")?)?;
                Ok(Self(Material::Rsa { n, e }))
            }
            "EC" => {
                let curve = match text("crv")? {
                    "P-256" => Curve::P256,
                    "P-384" => Curve::P384,
                    "P-521" => Curve::P521,
                    _ => return Err(KeyError::Component("crv")),
                };
                // Uncompressed form (SEC 1 section 2.3.3).
                let mut bytes = vec![4];
                for member in ["x", "y"] {
                    bytes.extend(coordinate(text(member)?, member, curve)?);
                }
                Ok(Self(Material::Point { curve, bytes }))
            }
            _ => Err(KeyError::Component("kty")),
        }
    }

    /// True when a key of this kind can verify the algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        match (&self.0, algorithm.means()) {
            (Material::Rsa { .. }, Means::Rsa(_)) => true,
            (Material::Point { curve, .. }, Means::Curve(wanted, _)) => *curve == wanted,
            _ => false,
        }
    }

    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (&self.0, algorithm.means()) {
            (Material::Rsa { n, e }, Means::Rsa(parameters)) => {
                signature.len() == n.len() && RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            (Material::Point { curve, bytes }, Means::Curve(wanted, means)) if *curve == wanted => {
                UnparsedPublicKey::new(means, bytes).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Material::Rsa { n, .. } => write!(f, "PublicKey(RSA, {} bits)", n.len() * 8),
            Material::Point { curve, .. } => write!(f, "PublicKey({curve:?})"),
        }
    }
}

/// A coordinate has its full length; some providers leave leading zeros out.
fn coordinate(text: &str, member: &'static str, curve: Curve) -> Result<Vec<u8>, KeyError> {
    let bad = KeyError::Component(member);
    if text.len() > 100 {
        return Err(bad);
    }
    let bytes = B64URL.decode(text).map_err(|_| bad.clone())?;
    let missing = curve.coordinate().checked_sub(bytes.len()).ok_or(bad)?;
    Ok([vec![0; missing], bytes].concat())
}
