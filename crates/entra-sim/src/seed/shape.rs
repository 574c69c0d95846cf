//! Owns the JSON shape of a tenant file.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::directory::user::Profile;

/// A whole tenant as an administrator would write it down.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantFile {
    /// The tenant.
    pub tenant: TenantShape,
    /// People.
    #[serde(default)]
    pub users: Vec<UserShape>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<GroupShape>,
    /// Applications.
    #[serde(default)]
    pub apps: Vec<AppShape>,
    /// Authentication contexts.
    #[serde(default)]
    pub contexts: Vec<ContextShape>,
}

/// The tenant itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantShape {
    /// Tenant id; follows from the domain when left out.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Verified domain.
    pub domain: String,
    /// Name.
    pub display_name: String,
}

/// A person. Graph's profile properties stand beside these members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserShape {
    /// Object id; follows from the UPN when left out.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Password.
    pub password: String,
    /// UPN of the manager.
    #[serde(default)]
    pub manager: Option<String>,
    /// Graph's properties: `userPrincipalName`, `displayName`, `mail` and so on.
    #[serde(flatten)]
    pub profile: Profile,
}

/// A group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupShape {
    /// Object id; follows from the name when left out.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// UPNs, or `group:` and the name of another group.
    #[serde(default)]
    pub members: Vec<String>,
}

/// What an application is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AppKind {
    /// Signs people in or calls Graph.
    #[default]
    Registration,
    /// A non-gallery application with a provisioning job.
    Provisioning,
}

/// Whether people must be assigned before they may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentRule {
    /// Anyone in the tenant may sign in.
    #[default]
    Optional,
    /// Only assigned people may.
    Required,
}

/// An application.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct AppShape {
    /// Client id; follows from the name when left out.
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: AppKind,
    /// Web redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Front-channel logout address.
    pub logout_url: Option<String>,
    /// Client secret; a random one is made when left out.
    pub secret: Option<String>,
    /// `groupMembershipClaims`.
    pub group_membership_claims: Option<String>,
    /// Graph scopes granted for everyone.
    pub delegated: Vec<String>,
    /// Graph application permissions.
    pub application: Vec<String>,
    /// Assignment rule.
    pub assignment: AssignmentRule,
    /// UPNs, or `group:` and a group's name.
    pub assigned: Vec<String>,
}

/// An authentication context.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextShape {
    /// `c1` to `c99`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Published to apps.
    #[serde(default)]
    pub available: bool,
}
