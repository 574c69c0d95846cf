//! OpenID Connect and JOSE as pure functions: signed tokens, key sets, discovery documents, PKCE, ID tokens.
//!
//! No I/O, no clock, no async. Randomness is drawn in two places only, [`jws::RsaKey::generate`] and
//! [`pkce::Verifier::random`]. Our own tokens and Entra's are RS256, whatever a token's header says; those of other providers may have
//! any asymmetric algorithm that fits the provider's key.

pub mod assertion;
pub mod discovery;
pub mod id_token;
pub mod issuer;
pub mod json;
pub mod jwks;
pub mod jws;
pub mod pkce;
pub mod standard;
