//! Pages of the organisation's own in place of doorward's.

use serde::{Deserialize, Serialize};

use crate::{CustomPageId, Timestamp};

/// Which page is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// Refused by identity rules, after a sign-in.
    IdentityDenied,
    /// Refused by non-identity rules.
    Forbidden,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPage {
    /// Id (`uid` on the wire).
    pub id: CustomPageId,
    /// Name.
    pub name: String,
    /// Which page it replaces.
    pub kind: PageKind,
    /// Its HTML.
    pub html: String,
    /// `contract_version` as given.
    #[serde(default)]
    pub contract_version: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
