//! Proof Key for Code Exchange, method S256 (RFC 7636).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64URL};

/// The secret half: 43 to 128 unreserved characters (RFC 7636 section 4.1). Debug prints stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

/// The text cannot be a code verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PKCE code verifier has 43 to 128 letters, digits, '-', '.', '_' or '~'")]
pub struct InvalidVerifier;

impl Verifier {
    /// 256 random bits, 43 characters.
    pub fn random() -> Self {
        let bits: [u8; 32] = rand::random();
        Self(B64URL.encode(bits))
    }

    /// A verifier that was kept with the sign-in.
    pub fn from_text(text: &str) -> Result<Self, InvalidVerifier> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) { Ok(Self(text.to_owned())) } else { Err(InvalidVerifier) }
    }

    /// The text, for the token request.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `code_challenge` for `code_challenge_method=S256`: base64url of the SHA-256 of the text.
    pub fn challenge_s256(&self) -> String {
        B64URL.encode(digest(&SHA256, self.0.as_bytes()))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_comes_out() {
        let verifier = Verifier::from_text("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(verifier.challenge_s256(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(format!("{verifier:?}"), "Verifier(***)");
    }

    #[test]
    fn random_verifiers_are_valid_and_differ() {
        let (a, b) = (Verifier::random(), Verifier::random());
        assert_ne!(a, b);
        assert_eq!(Verifier::from_text(a.as_str()), Ok(a));
    }

    #[test]
    fn short_long_and_odd_verifiers_are_refused() {
        for bad in ["", &"a".repeat(42), &"a".repeat(129), &"ä".repeat(30), &"a b".repeat(20)] {
            assert_eq!(Verifier::from_text(bad), Err(InvalidVerifier), "{bad}");
        }
    }
}
