//! SCIM resources as received, with the attributes that are looked up pulled out.

use serde::{Deserialize, Serialize};

use crate::{IdpId, ScimId, Timestamp};

/// User or Group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResourceKind {
    /// `/Users`
    User,
    /// `/Groups`
    Group,
}

impl ResourceKind {
    /// The resource type's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// A provisioned resource. `document` is the case-preserving JSON without `id`, `meta` and a group's `members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// Our id.
    pub id: ScimId,
    /// The provider it came through.
    pub idp: IdpId,
    /// User or Group.
    pub kind: ResourceKind,
    /// `externalId` as sent: an opaque text.
    pub external_id: Option<String>,
    /// `userName` of a User.
    pub user_name: Option<String>,
    /// `displayName`.
    pub display_name: Option<String>,
    /// The work e-mail of a User.
    pub email: Option<String>,
    /// `active` of a User; true for Groups.
    pub active: bool,
    /// The document.
    pub document: serde_json::Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
