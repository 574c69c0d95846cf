//! OpenID Connect and JOSE as pure functions: signed tokens, key sets, discovery documents, PKCE, ID tokens.
//!
//! No I/O, no clock, no async. Randomness is drawn in two places only, [`jws::RsaKey::generate`] and
//! [`pkce::Verifier::random`]. One algorithm is spoken, RS256; a token's header never chooses another.

pub mod discovery;
pub mod id_token;
pub mod issuer;
pub mod json;
pub mod jwks;
pub mod jws;
pub mod pkce;
