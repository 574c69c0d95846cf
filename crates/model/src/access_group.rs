//! Rule groups: named sets of rules that policies and other groups refer to.

use serde::{Deserialize, Serialize};

use crate::{AccessGroupId, Timestamp, rule::RuleSet};

/// A rule group. Groups may nest; cycles are refused when one is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGroup {
    /// Id.
    pub id: AccessGroupId,
    /// Name.
    pub name: String,
    /// Its three lists.
    #[serde(flatten)]
    pub rules: RuleSet,
    /// Added to new applications by default.
    #[serde(default)]
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
