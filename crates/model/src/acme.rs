//! Certificates that an ACME server issued (RFC 8555), open challenges, and what became of attempts.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A certificate for one name. Its private key is kept apart, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The name; lower case.
    pub name: String,
    /// The chain as PEM, the name's own certificate first.
    pub chain: String,
    /// Address of the directory that it was ordered from.
    pub directory: String,
    /// Beginning of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
}

/// A challenge that is to be answered (RFC 8555 section 8). Nothing of it is a secret: whoever asks gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The name in question; lower case.
    pub name: String,
    /// The challenge's token.
    pub token: String,
    /// Token and thumbprint of the account's key.
    pub key_authorization: String,
    /// When it was opened.
    pub at: Timestamp,
}

/// Attempts for one name that failed since the last success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many.
    pub failed: u32,
    /// No attempt before that.
    pub next: Timestamp,
}

impl Certificate {
    /// When it is to be renewed: at two thirds of its life.
    pub fn renew_at(&self) -> Timestamp {
        self.not_before.plus_secs(self.not_after.secs_since(self.not_before) / 3 * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_life() {
        let at = Timestamp::from_secs;
        let certificate = |from, until| Certificate {
            name: "wiki.harbourworks.example".into(),
            chain: String::new(),
            directory: String::new(),
            not_before: at(from),
            not_after: at(until),
        };
        assert_eq!(certificate(0, 90 * 86_400).renew_at(), at(60 * 86_400));
        assert_eq!(certificate(1000, 1030).renew_at(), at(1020));
        assert_eq!(certificate(1000, 1000).renew_at(), at(1000));
    }
}
