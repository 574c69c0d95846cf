//! Owns directory roles, which group claims and memberships carry beside groups.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Directory;
use super::id::ObjectId;

/// An activated directory role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryRole {
    /// Object id in this tenant.
    pub id: ObjectId,
    /// Template id, the same in every tenant; what `wids` carries.
    pub template_id: Uuid,
    /// Name.
    pub display_name: String,
    /// Who holds it.
    pub members: BTreeSet<ObjectId>,
}

impl DirectoryRole {
    /// Graph's JSON.
    pub fn graph(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "deletedDateTime": null,
            "description": self.display_name,
            "displayName": self.display_name,
            "roleTemplateId": self.template_id,
        })
    }
}

impl Directory {
    /// Roles that a person holds.
    pub fn roles_held(&self, person: ObjectId) -> impl Iterator<Item = &DirectoryRole> {
        self.roles.values().filter(move |role| role.members.contains(&person))
    }
}
