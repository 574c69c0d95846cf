//! Signed tokens in compact form (RFC 7515, RFC 7519): keys, signing, strict reading. RS256 only, but for the tokens of other
//! providers, which may have any algorithm of [`Algorithm`].

mod algorithm;
mod der;
mod key;
mod token;

pub use algorithm::{Algorithm, PublicKey};
pub use key::{KeyError, RsaKey, SignError, VerifyKey};
pub use token::{JwsError, Unverified};

#[cfg(test)]
mod tests;
