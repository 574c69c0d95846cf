//! Tags: words by which applications are grouped in the App Launcher.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A tag; its name is its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
