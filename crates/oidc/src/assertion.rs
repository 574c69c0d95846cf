//! Client assertions (`private_key_jwt`): a client proves itself to a token endpoint with a token that its own key signed.
//!
//! Sources: OpenID Connect Core 1.0 section 9; RFC 7523 section 3; Microsoft, "Microsoft identity platform application authentication
//! certificate credentials" (PS256 and `x5t#S256`).

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};
use serde_json::json;

use crate::jws::{RsaKey, SignError};

/// How long an assertion is good, in seconds; it is used at once.
pub const LIFE_SECS: i64 = 300;

/// What an assertion says.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// Issuer and subject: the client.
    pub client_id: &'a str,
    /// The token endpoint, exactly as it is called.
    pub audience: &'a str,
    /// An id that is never used again.
    pub id: &'a str,
    /// Now, in seconds since the Unix epoch.
    pub now_secs: i64,
}

impl Assertion<'_> {
    /// Signs with PS256; the header names the certificate (DER) by its SHA-256 thumbprint (RFC 7515 section 4.1.8).
    ///
    /// Error: the cryptography library cannot sign.
    pub fn sign(&self, key: &RsaKey, certificate: &[u8]) -> Result<String, SignError> {
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(certificate) });
        let claims = json!({
            "aud": self.audience, "iss": self.client_id, "sub": self.client_id, "jti": self.id,
            "nbf": self.now_secs, "iat": self.now_secs, "exp": self.now_secs.saturating_add(LIFE_SECS),
        });
        key.sign_ps256(&header, &claims)
    }
}

/// SHA-256 of a certificate (DER), base64url: `x5t#S256`.
pub fn thumbprint(certificate: &[u8]) -> String {
    B64URL.encode(digest::digest(&digest::SHA256, certificate))
}

/// SHA-1 of a certificate (DER), upper-case hexadecimal, as Microsoft's admin centre lists certificates. For comparing by eye only.
pub fn listed_thumbprint(certificate: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_assertion_is_what_another_library_accepts() {
        let key = RsaKey::generate().unwrap();
        let endpoint = "https://login.example/t/oauth2/v2.0/token";
        let now = 1_790_000_000;
        let token = Assertion { client_id: "c-1", audience: endpoint, id: "j-1", now_secs: now }.sign(&key, b"certificate").unwrap();
        let header = decode_header(&token).unwrap();
        assert_eq!((header.alg, header.x5t_s256.as_deref()), (Algorithm::PS256, Some(thumbprint(b"certificate").as_str())));
        let (n, e) = key.modulus_exponent();
        let mut validation = Validation::new(Algorithm::PS256);
        validation.set_audience(&[endpoint]);
        validation.validate_exp = false;
        let claims = decode::<Value>(&token, &DecodingKey::from_rsa_components(&n, &e).unwrap(), &validation).unwrap().claims;
        assert_eq!((&claims["iss"], &claims["sub"], &claims["jti"]), (&json!("c-1"), &json!("c-1"), &json!("j-1")));
        assert_eq!((&claims["nbf"], &claims["exp"]), (&json!(now), &json!(now + 300)));
    }

    #[test]
    fn thumbprints_are_those_of_the_standards() {
        assert_eq!(thumbprint(b"abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(listed_thumbprint(b"abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
    }
}
