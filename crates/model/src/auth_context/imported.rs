//! What was imported of a tenant's authentication contexts: a list with names, as old as its reading.

use serde::{Deserialize, Serialize};

use super::ContextId;
use crate::Timestamp;

/// The authentication contexts of a provider's tenant, as read with the registration's own permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Those that are published to applications, the lowest number first.
    pub contexts: Vec<ImportedContext>,
    /// When they were read.
    pub read_at: Timestamp,
    /// Whether the policies could be read too; why not otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies_unread: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedContext {
    /// Id within the tenant.
    pub id: ContextId,
    /// Name.
    pub display_name: String,
    /// Description.
    pub description: String,
    /// Whether a Conditional Access policy stands behind it.
    pub in_use: InUse,
}

/// Whether an enabled Conditional Access policy uses a context. One that none uses is granted to everybody who asks
/// (Microsoft: "Developer guidance for Conditional Access authentication context").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InUse {
    /// An enabled policy uses it.
    Yes,
    /// None does: it protects nothing.
    No,
    /// The policies could not be read.
    Unknown,
}

impl InUse {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl Imported {
    /// The context of this id, when it is published.
    pub fn get(&self, id: ContextId) -> Option<&ImportedContext> {
        self.contexts.iter().find(|context| context.id == id)
    }
}
