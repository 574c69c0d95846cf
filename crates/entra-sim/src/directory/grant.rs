//! Owns assignments of people to applications, delegated permission grants and authentication contexts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Directory;
use super::id::ObjectId;
use crate::clock::Stamp;

/// What kind of object an assignment's principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalType {
    /// A person.
    User,
    /// A group; only its direct members count.
    Group,
    /// A client: the assignment is an application permission.
    ServicePrincipal,
}

/// An app role assignment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Not a GUID: base64url.
    pub id: String,
    /// All zeros is default access.
    pub app_role_id: Uuid,
    /// Who.
    pub principal_id: ObjectId,
    /// Which kind.
    pub principal_type: PrincipalType,
    /// To which service principal.
    pub resource_id: ObjectId,
    /// When.
    pub created: Stamp,
}

impl Assignment {
    /// Makes the assignment; its id follows from what it joins.
    pub fn new(principal: (ObjectId, PrincipalType), resource: ObjectId, role: Uuid, created: Stamp) -> Self {
        let mut joined = [0u8; 32];
        joined[..16].copy_from_slice(principal.0.guid().as_bytes());
        let tail = Uuid::new_v5(&resource.guid(), role.as_bytes());
        joined[16..].copy_from_slice(tail.as_bytes());
        Self {
            id: URL_SAFE_NO_PAD.encode(joined),
            app_role_id: role,
            principal_id: principal.0,
            principal_type: principal.1,
            resource_id: resource,
            created,
        }
    }
}

/// Whether a grant holds for everyone or one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentType {
    /// An administrator consented for all.
    AllPrincipals,
    /// One person consented.
    Principal,
}

/// A delegated permission grant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Not a GUID: base64url.
    pub id: String,
    /// Service principal of the client.
    pub client_id: ObjectId,
    /// Service principal of the API.
    pub resource_id: ObjectId,
    /// For all or one.
    pub consent_type: ConsentType,
    /// The one.
    pub principal_id: Option<ObjectId>,
    /// Space-separated scopes.
    pub scope: String,
}

impl Grant {
    /// Makes the grant; its id follows from what it joins.
    pub fn new(client: ObjectId, resource: ObjectId, person: Option<ObjectId>, scope: &str) -> Self {
        let mut joined = Vec::with_capacity(48);
        joined.extend_from_slice(client.guid().as_bytes());
        joined.extend_from_slice(resource.guid().as_bytes());
        if let Some(person) = person {
            joined.extend_from_slice(person.guid().as_bytes());
        }
        Self {
            id: URL_SAFE_NO_PAD.encode(joined),
            client_id: client,
            resource_id: resource,
            consent_type: if person.is_some() { ConsentType::Principal } else { ConsentType::AllPrincipals },
            principal_id: person,
            scope: scope.trim().to_owned(),
        }
    }

    /// Adds scopes to the grant that joins client, API and person (everyone when `None`), making it if need be.
    pub fn extend(directory: &mut Directory, (client, resource): (ObjectId, ObjectId), person: Option<ObjectId>, names: &[String]) {
        let made = Self::new(client, resource, person, "");
        let known = directory.grants.entry(made.id.clone()).or_insert(made);
        for name in names {
            if !known.scope.split_whitespace().any(|one| one == name) {
                known.scope = format!("{} {name}", known.scope).trim().to_owned();
            }
        }
    }

    /// Graph's JSON.
    pub fn graph(&self) -> Value {
        json!({
            "clientId": self.client_id.to_string(),
            "consentType": self.consent_type,
            "id": self.id,
            "principalId": self.principal_id.map(|id| id.to_string()),
            "resourceId": self.resource_id.to_string(),
            "scope": self.scope,
        })
    }
}

/// An authentication context of Conditional Access.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthContext {
    /// `c1` to `c99`.
    pub id: String,
    /// Name.
    pub display_name: String,
    /// Explanation.
    pub description: String,
    /// Published to apps.
    pub is_available: bool,
}
