//! Why an ID token is not accepted, in words that name the value.

use crate::jws::JwsError;

/// Why an ID token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Shape, algorithm or signature.
    #[error("the ID token is not acceptable: {0}")]
    Token(JwsError),
    /// No `kid` in the header.
    #[error("the ID token does not name the key it is signed with")]
    NoKeyId,
    /// No key of the set has this id. A fresh key set may.
    #[error("the ID token is signed with the key {0:?}, which is not among the provider's keys")]
    UnknownKey(String),
    /// The key is bound to another issuer.
    #[error("the key {0:?} may not sign for this token's issuer")]
    KeyOfAnotherIssuer(String),
    /// A claim that must be there is not.
    #[error("the ID token has no claim {0:?}")]
    Missing(&'static str),
    /// A claim does not have the expected form.
    #[error("the claim {name:?} of the ID token does not have the expected form: {found}")]
    Claim {
        /// Which claim.
        name: &'static str,
        /// What it holds, cut to 120 characters.
        found: String,
    },
    /// A token of the old endpoint.
    #[error(
        "the ID token is of version 1.0 (issuer sts.windows.net); only tokens of the v2.0 endpoint are accepted: \
         check that the login address leads to the v2.0 endpoints, and in the registration's manifest set \
         api.requestedAccessTokenVersion (in older manifests accessTokenAcceptedVersion) to 2"
    )]
    Version1,
    /// A version nobody knows.
    #[error("the ID token is of version {0:?}; only \"2.0\" is accepted")]
    Version(String),
    /// Signed in to a tenant that is not admitted.
    #[error("the ID token comes from the tenant {0}, which this provider does not admit")]
    Tenant(String),
    /// Another issuer.
    #[error("the ID token's issuer is {found:?}, expected {wanted:?}")]
    Issuer {
        /// `iss`, cut to 120 characters.
        found: String,
        /// The issuer of the tenant.
        wanted: String,
    },
    /// For another application.
    #[error("the ID token is for {found:?}, expected the client id {wanted:?}")]
    Audience {
        /// `aud`, cut to 120 characters.
        found: String,
        /// Our client id.
        wanted: String,
    },
    /// `azp` is missing with several audiences, or names another application.
    #[error("the ID token's authorized party (azp) is {0:?}, expected our client id")]
    AuthorizedParty(String),
    /// Too old.
    #[error("the ID token expired at {expired} (Unix seconds); the clock here says {now}, {tolerated} s are tolerated")]
    Expired {
        /// `exp`.
        expired: i64,
        /// The clock here.
        now: i64,
        /// Tolerated difference, in seconds.
        tolerated: i64,
    },
    /// From the future.
    #[error("the ID token's {claim:?} is {from} (Unix seconds); the clock here says {now}, {tolerated} s are tolerated")]
    NotYet {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Its value.
        from: i64,
        /// The clock here.
        now: i64,
        /// Tolerated difference, in seconds.
        tolerated: i64,
    },
    /// The nonce is not the one sent with this sign-in. Its value is not told.
    #[error("the ID token's nonce is not the one of this sign-in")]
    Nonce,
}

impl From<JwsError> for IdTokenError {
    fn from(e: JwsError) -> Self {
        Self::Token(e)
    }
}

/// At most 120 characters of a text that somebody else wrote.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}
