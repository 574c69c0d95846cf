//! Owns the permissions that Microsoft Graph offers: names, ids and which need an administrator.

use uuid::{Uuid, uuid};

use super::app::{AppRole, ServicePrincipal};
use super::id::{AppId, ObjectId, named};

/// Client id of Microsoft Graph, the same in every tenant.
pub const GRAPH: AppId = AppId::new(uuid!("00000003-0000-0000-c000-000000000000"));

/// Who may grant a delegated permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Any person for themselves.
    Anyone,
    /// Only an administrator.
    Administrator,
}

/// One permission of Microsoft Graph.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// Name as in `scope` or `roles`.
    pub name: &'static str,
    /// Who may grant it as a delegated permission.
    pub consent: Consent,
    /// Id as delegated permission.
    pub delegated: Option<Uuid>,
    /// Id as application permission.
    pub application: Option<Uuid>,
}

const fn row(name: &'static str, consent: Consent, delegated: Option<Uuid>, application: Option<Uuid>) -> Permission {
    Permission { name, consent, delegated, application }
}

use Consent::{Administrator, Anyone};

/// The permissions the simulator knows.
pub const PERMISSIONS: &[Permission] = &[
    row("openid", Anyone, Some(uuid!("37f7f235-527c-4136-accd-4a02d197296e")), None),
    row("profile", Anyone, Some(uuid!("14dad69e-099b-42c9-810b-d002981feec1")), None),
    row("email", Anyone, Some(uuid!("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0")), None),
    row("offline_access", Anyone, Some(uuid!("7427e0e9-2fba-42fe-b0c0-848c9e6a8182")), None),
    row("User.Read", Anyone, Some(uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d")), None),
    row(
        "User.ReadBasic.All",
        Anyone,
        Some(uuid!("b340eb25-3456-403f-be2f-af7a0d370277")),
        Some(uuid!("97235f07-e226-4f63-ace3-39588e11d3a1")),
    ),
    row(
        "User.Read.All",
        Administrator,
        Some(uuid!("a154be20-db9c-4678-8ab7-66f6cc099a59")),
        Some(uuid!("df021288-bdef-4463-88db-98f22de89214")),
    ),
    row(
        "User.ReadWrite.All",
        Administrator,
        Some(uuid!("204e0828-b5ca-4ad8-b9f3-f32a958e7cc4")),
        Some(uuid!("741f803b-c850-494e-b5df-cde7c675a1ca")),
    ),
    row(
        "GroupMember.Read.All",
        Administrator,
        Some(uuid!("bc024368-1153-4739-b217-4326f2e966d0")),
        Some(uuid!("98830695-27a2-44f7-8c18-0c3ebc9698f6")),
    ),
    row(
        "GroupMember.ReadWrite.All",
        Administrator,
        Some(uuid!("f81125ac-d3b7-4573-a3b2-7099cc39df9e")),
        Some(uuid!("dbaae8cf-10b5-4b86-a4a1-f871c94c6695")),
    ),
    row(
        "Group.Read.All",
        Administrator,
        Some(uuid!("5f8c59db-677d-491f-a6b8-5f174b11ec1d")),
        Some(uuid!("5b567255-7703-4780-807c-7be8301ae99b")),
    ),
    row(
        "Group.ReadWrite.All",
        Administrator,
        Some(uuid!("4e46008b-f24c-477d-8fff-7bb4ec7aafe0")),
        Some(uuid!("62a82d76-70ea-41e2-9197-370581804d09")),
    ),
    row(
        "Directory.Read.All",
        Administrator,
        Some(uuid!("06da0dbc-49e2-44d2-8312-53f166ab848a")),
        Some(uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61")),
    ),
    row(
        "Directory.ReadWrite.All",
        Administrator,
        Some(uuid!("c5366453-9fb0-48a5-a156-24f0c49a4b84")),
        Some(uuid!("19dbc75e-c2e2-444c-a770-ec69d8559fc7")),
    ),
    row(
        "Application.Read.All",
        Administrator,
        Some(uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb")),
        Some(uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")),
    ),
    row(
        "Application.ReadWrite.All",
        Administrator,
        Some(uuid!("bdfbf15f-ee85-4955-8675-146e8e5296b5")),
        Some(uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9")),
    ),
    row(
        "AppRoleAssignment.ReadWrite.All",
        Administrator,
        Some(uuid!("84bccea3-f856-4a8a-967b-dbe0a3d53a64")),
        Some(uuid!("06b708a9-e830-4db3-a914-8e69da51d44f")),
    ),
    row(
        "DelegatedPermissionGrant.ReadWrite.All",
        Administrator,
        Some(uuid!("41ce6ca6-6826-4807-84f1-1c82854f7ee5")),
        Some(uuid!("8e8e4742-1d95-4f68-9d56-6ee75648c72a")),
    ),
    row(
        "Synchronization.ReadWrite.All",
        Administrator,
        Some(uuid!("7bb27fa3-ea8f-4d67-a916-87715b6188bd")),
        Some(uuid!("9b50c33d-700f-43b1-b2eb-87e89b703581")),
    ),
    row(
        "AuditLog.Read.All",
        Administrator,
        Some(uuid!("e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20")),
        Some(uuid!("b0afded3-3588-46d8-8b3d-9842eff778da")),
    ),
    row(
        "Policy.Read.ConditionalAccess",
        Anyone,
        Some(uuid!("633e0fce-8c58-4cfb-9495-12bbd5a24f7c")),
        Some(uuid!("37730810-e9ba-4e46-b07e-8ca78d182097")),
    ),
    row(
        "AuthenticationContext.Read.All",
        Administrator,
        Some(uuid!("57b030f1-8c35-469c-b0d9-e4a077debe70")),
        Some(uuid!("381f742f-e1f8-4309-b4ab-e3d91ae4c5c1")),
    ),
    row(
        "AuthenticationContext.ReadWrite.All",
        Administrator,
        Some(uuid!("ba6d575a-1344-4516-b777-1404f5593057")),
        Some(uuid!("a88eef72-fed0-4bf7-a2a9-f19df33f8b83")),
    ),
    row(
        "Policy.Read.All",
        Administrator,
        Some(uuid!("572fea84-0151-49b2-9301-11cb16974376")),
        Some(uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68")),
    ),
    row(
        "Policy.ReadWrite.ConditionalAccess",
        Administrator,
        Some(uuid!("ad902697-1014-4ef5-81ef-2b4301988e8c")),
        Some(uuid!("01c0a623-fc9b-48e9-b794-0756f8e8f067")),
    ),
    row(
        "DeviceManagementManagedDevices.Read.All",
        Administrator,
        Some(uuid!("314874da-47d6-4978-88dc-cf0d37f0bb82")),
        Some(uuid!("2f51be20-0bb4-4fed-bf7b-db946066c75e")),
    ),
    row(
        "Device.Read.All",
        Administrator,
        Some(uuid!("951183d1-1a61-466f-a6d1-1fde911bfd95")),
        Some(uuid!("7438b122-aefc-4978-80ed-43db9fcc7715")),
    ),
    row(
        "IdentityRiskyUser.Read.All",
        Administrator,
        Some(uuid!("d04bb851-cb7c-4146-97c7-ca3e71baf56c")),
        Some(uuid!("dc5007c0-2d7d-4c42-879c-2dab87571379")),
    ),
    row(
        "IdentityRiskEvent.Read.All",
        Administrator,
        Some(uuid!("8f6a01e7-0391-4ee5-aa22-a3af122cef27")),
        Some(uuid!("6e472fd1-ad78-48da-a0f0-97ab2c6b769e")),
    ),
    row(
        "User.Invite.All",
        Administrator,
        Some(uuid!("63dd7cd9-b489-4adf-a28c-ac38b9a0f962")),
        Some(uuid!("09850681-111b-4a89-9bed-3f2cae46d706")),
    ),
];

/// The OpenID scopes, which belong to no API.
pub const OPENID_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Finds a permission by name, without regard to case as the sign-in service does.
pub fn permission(name: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The service principal that Microsoft Graph has in each tenant.
pub fn graph_principal(space: Uuid) -> ServicePrincipal {
    let app_roles = PERMISSIONS
        .iter()
        .filter_map(|row| {
            row.application.map(|id| AppRole {
                id,
                value: Some(row.name.to_owned()),
                display_name: row.name.to_owned(),
                description: None,
                allowed_member_types: vec!["Application".to_owned()],
                is_enabled: true,
            })
        })
        .collect();
    ServicePrincipal {
        id: ObjectId::new(named(space, "sp:Microsoft Graph")),
        app_id: GRAPH,
        display_name: "Microsoft Graph".to_owned(),
        account_enabled: true,
        app_role_assignment_required: false,
        app_roles,
        app_owner_organization_id: Some(uuid!("f8cdef31-a31e-4b4a-93e4-5f571e91255a")),
        notification_email_addresses: Vec::new(),
        service_principal_names: vec![GRAPH.to_string(), "https://graph.microsoft.com".to_owned()],
        tags: Vec::new(),
        provisionable: false,
    }
}
