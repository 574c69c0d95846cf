//! Owns the JSON shape of a tenant file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::crowd::Crowd;
use crate::clock::Stamp;
use crate::directory::app::OptionalClaims;
use crate::directory::credential::FederatedCredential;
use crate::directory::device::Compliance;
use crate::directory::group::OnPremises;
use crate::directory::risk::{RiskLevel, RiskState};
use crate::directory::user::{Profile, Secret};

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
    /// Conditional Access policies as Graph writes them; people, groups and applications may stand by name.
    #[serde(default)]
    pub policies: Vec<Map<String, Value>>,
    /// Devices.
    #[serde(default)]
    pub devices: Vec<DeviceShape>,
    /// People at risk.
    #[serde(default)]
    pub risk: Vec<RiskShape>,
    /// Directory roles.
    #[serde(default)]
    pub roles: Vec<RoleShape>,
    /// Further tenants.
    #[serde(default)]
    pub other_tenants: Vec<OtherShape>,
    /// People and groups by the thousand.
    #[serde(default)]
    pub crowds: Vec<Crowd>,
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
    /// Two-letter country code.
    #[serde(default)]
    pub country: Option<String>,
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
    /// Locked.
    #[serde(default)]
    pub locked: bool,
    /// The password must be changed at the next sign-in.
    #[serde(default)]
    pub password_expired: bool,
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
    /// Counts for access; yes unless told.
    #[serde(default)]
    pub kind: GroupKind,
    /// What it brings from a directory on premises.
    #[serde(default)]
    pub on_premises: Option<OnPremises>,
    /// UPNs, or `group:` and the name of another group.
    #[serde(default)]
    pub members: Vec<String>,
}

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupKind {
    /// Access.
    #[default]
    Security,
    /// Mail only.
    DistributionList,
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
    /// Further secrets.
    pub secrets: Vec<SecretShape>,
    /// Certificates (PEM).
    pub certificates: Vec<String>,
    /// Issuers whose tokens stand for the application.
    pub federated_identity_credentials: Vec<FederatedCredential>,
    /// `groupMembershipClaims`.
    pub group_membership_claims: Option<String>,
    /// `AzureADMyOrg` unless told; `AzureADMultipleOrgs` takes accounts of further tenants.
    pub sign_in_audience: Option<String>,
    /// Optional claims per token type.
    pub optional_claims: Option<OptionalClaims>,
    /// App id URIs.
    pub identifier_uris: Vec<String>,
    /// Graph scopes granted for everyone.
    pub delegated: Vec<String>,
    /// Graph application permissions.
    pub application: Vec<String>,
    /// Assignment rule.
    pub assignment: AssignmentRule,
    /// UPNs, or `group:` and a group's name.
    pub assigned: Vec<String>,
}

/// A further client secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretShape {
    /// The Value.
    pub value: Secret,
    /// The Secret ID; random when left out.
    #[serde(default)]
    pub key_id: Option<Uuid>,
    /// Name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Valid from; the start when left out.
    #[serde(default)]
    pub start_date_time: Option<Stamp>,
    /// Valid until; two years when left out.
    #[serde(default)]
    pub end_date_time: Option<Stamp>,
}

/// An authentication context.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextShape {
    /// `c1` to `c99`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Explanation; the name when left out.
    #[serde(default)]
    pub description: Option<String>,
    /// Published to apps.
    #[serde(default)]
    pub available: bool,
}

/// A device.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceShape {
    /// Id in Intune; follows from the name when left out.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// UPN of its owner.
    #[serde(default)]
    pub user: Option<String>,
    /// Serial number; follows from the name when left out.
    #[serde(default)]
    pub serial_number: Option<String>,
    /// `Windows` unless told.
    #[serde(default)]
    pub operating_system: Option<String>,
    /// Version.
    #[serde(default)]
    pub os_version: Option<String>,
    /// Maker.
    #[serde(default)]
    pub manufacturer: Option<String>,
    /// Model.
    #[serde(default)]
    pub model: Option<String>,
    /// Compliance.
    #[serde(default)]
    pub compliance_state: Compliance,
    /// Disk encrypted.
    #[serde(default)]
    pub is_encrypted: bool,
}

/// A person's risk.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RiskShape {
    /// UPN.
    pub user: String,
    /// Level.
    pub risk_level: RiskLevel,
    /// State.
    pub risk_state: RiskState,
}

/// A directory role.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleShape {
    /// Name.
    pub name: String,
    /// Template id, which `wids` carries.
    pub template_id: Uuid,
    /// UPNs.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A further tenant: a tenant file without applications.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtherShape {
    /// The tenant.
    pub tenant: TenantShape,
    /// People.
    #[serde(default)]
    pub users: Vec<UserShape>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<GroupShape>,
    /// Authentication contexts.
    #[serde(default)]
    pub contexts: Vec<ContextShape>,
    /// Conditional Access policies.
    #[serde(default)]
    pub policies: Vec<Map<String, Value>>,
    /// Devices.
    #[serde(default)]
    pub devices: Vec<DeviceShape>,
    /// People at risk.
    #[serde(default)]
    pub risk: Vec<RiskShape>,
    /// Directory roles.
    #[serde(default)]
    pub roles: Vec<RoleShape>,
}

impl From<OtherShape> for TenantFile {
    fn from(other: OtherShape) -> Self {
        let OtherShape { tenant, users, groups, contexts, policies, devices, risk, roles } = other;
        Self {
            tenant,
            users,
            groups,
            apps: Vec::new(),
            contexts,
            policies,
            devices,
            risk,
            roles,
            other_tenants: Vec::new(),
            crowds: Vec::new(),
        }
    }
}
