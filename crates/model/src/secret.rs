//! Text that must not be shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret. Debug prints stars; there is no Display. Serialising it is for sealed storage only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text itself; every call of this is a place to look at in review.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// True when a client sent back the masked form of a secret it never saw.
    pub fn is_mask(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|b| b == b'*')
    }
}
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
