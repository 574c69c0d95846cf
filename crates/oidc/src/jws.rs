//! Signed tokens in compact form (RFC 7515, RFC 7519), RS256 only: keys, signing, strict reading.

mod der;
mod key;
mod token;

pub use key::{KeyError, RsaKey, SignError, VerifyKey};
pub use token::{JwsError, Unverified};

#[cfg(test)]
mod tests;
