//! Owns which permissions open which calls.
//!
//! Source: Microsoft's permission catalogue, as far as the simulator's calls go.

use super::caller::Needs;

const fn needs(delegated: &'static [&'static str], application: &'static [&'static str]) -> Needs {
    Needs { delegated, application }
}

/// Permissions that let a caller read properties of groups; without one, memberships come as bare ids.
pub const GROUP_DETAIL: &[&str] = &["Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];

/// `GET /me`, and one's own entry under `/users`.
pub const ME: Needs = needs(&["User.Read", "User.Read.All", "User.ReadBasic.All", "Directory.Read.All"], &[]);
/// `GET /users`, `/users/{id}`.
pub const USERS: Needs =
    needs(&["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"], &["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"]);
/// `GET /users/delta`.
pub const USERS_DELTA: Needs = needs(&["User.Read.All", "Directory.Read.All"], &["User.Read.All", "Directory.Read.All"]);
/// Writing users.
pub const USERS_WRITE: Needs = needs(&[], &["User.ReadWrite.All", "Directory.ReadWrite.All"]);
/// `GET /me/memberOf`; Group.Read.All is not among them.
pub const MY_GROUPS: Needs = needs(&["User.Read", "GroupMember.Read.All", "Group.ReadBasic.All", "Directory.Read.All"], &[]);
/// `GET /me/transitiveMemberOf`.
pub const MY_ALL_GROUPS: Needs =
    needs(&["User.Read", "User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Group.ReadBasic.All", "Directory.Read.All"], &[]);
/// `GET /users/{id}/memberOf`; as an application only Directory.Read.All.
pub const THEIR_GROUPS: Needs = needs(&["User.Read", "GroupMember.Read.All", "Directory.Read.All"], &["Directory.Read.All"]);
/// `GET /users/{id}/transitiveMemberOf`.
pub const THEIR_ALL_GROUPS: Needs = needs(
    &["User.Read", "User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
    &["User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
);
/// `getMemberGroups`, `checkMemberGroups`; User.Read alone is not enough.
pub const MEMBER_GROUPS: Needs = needs(
    &["GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Directory.Read.All"],
    &["GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Directory.Read.All"],
);
/// `getMemberObjects`.
pub const MEMBER_OBJECTS: Needs = needs(
    &["User.Read", "GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Directory.Read.All"],
    &["GroupMember.Read.All", "Group.Read.All", "User.Read.All", "Directory.Read.All"],
);
/// `GET /groups` and below.
pub const GROUPS: Needs = needs(GROUP_DETAIL, GROUP_DETAIL);
/// `GET /groups/{id}/members`.
pub const MEMBERS: Needs = needs(
    &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
    &["GroupMember.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
);
/// Writing groups.
pub const GROUPS_WRITE: Needs = needs(&[], &["Group.ReadWrite.All", "Directory.ReadWrite.All"]);
/// Writing memberships.
pub const MEMBERS_WRITE: Needs = needs(&[], &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"]);
/// `POST /directoryObjects/getByIds`.
pub const BY_IDS: Needs = needs(&["Directory.Read.All"], &["Directory.Read.All"]);
/// Reading applications and service principals.
pub const APPS: Needs = needs(&["Application.Read.All", "Directory.Read.All"], &["Application.Read.All", "Directory.Read.All"]);
/// Writing them.
pub const APPS_WRITE: Needs = needs(&[], &["Application.ReadWrite.All", "Directory.ReadWrite.All"]);
/// Reading assignments.
pub const ASSIGNMENTS: Needs = APPS;
/// Writing assignments.
pub const ASSIGNMENTS_WRITE: Needs = needs(&[], &["AppRoleAssignment.ReadWrite.All"]);
/// Reading delegated grants.
pub const GRANTS: Needs = needs(
    &["Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All"],
    &["Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All"],
);
/// Writing delegated grants.
pub const GRANTS_WRITE: Needs = needs(&[], &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"]);
/// Authentication contexts.
pub const CONTEXTS: Needs = needs(READ_CONTEXTS, READ_CONTEXTS);
const READ_CONTEXTS: &[&str] = &["AuthenticationContext.Read.All", "Policy.Read.ConditionalAccess"];
/// Writing them.
pub const CONTEXTS_WRITE: Needs = needs(WRITE_CONTEXTS, WRITE_CONTEXTS);
const WRITE_CONTEXTS: &[&str] = &["AuthenticationContext.ReadWrite.All", "Policy.ReadWrite.ConditionalAccess"];
/// Conditional Access policies.
pub const POLICIES: Needs = needs(READ_POLICIES, READ_POLICIES);
const READ_POLICIES: &[&str] = &["Policy.Read.ConditionalAccess", "Policy.Read.All"];
/// Writing them.
pub const POLICIES_WRITE: Needs = needs(&["Policy.ReadWrite.ConditionalAccess"], &["Policy.ReadWrite.ConditionalAccess"]);
/// Intune's devices.
pub const MANAGED_DEVICES: Needs = needs(&["DeviceManagementManagedDevices.Read.All"], &["DeviceManagementManagedDevices.Read.All"]);
/// The directory's devices.
pub const DEVICES: Needs = needs(&["Device.Read.All", "Directory.Read.All"], &["Device.Read.All", "Directory.Read.All"]);
/// People at risk.
pub const RISKY_USERS: Needs = needs(&["IdentityRiskyUser.Read.All"], &["IdentityRiskyUser.Read.All"]);
/// Risk detections.
pub const DETECTIONS: Needs = needs(&["IdentityRiskEvent.Read.All"], &["IdentityRiskEvent.Read.All"]);
/// Inviting guests.
pub const INVITE: Needs = needs(
    &["User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    &["User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
);
/// Permissions that let a caller read properties of people; without one, members come as bare ids.
pub const USER_DETAIL: &[&str] = &["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"];
/// Provisioning jobs.
pub const SYNCHRONIZATION: Needs = needs(&[], &["Synchronization.ReadWrite.All", "Application.ReadWrite.All"]);
/// Provisioning logs.
pub const LOGS: Needs = needs(&["AuditLog.Read.All", "Directory.Read.All"], &["AuditLog.Read.All", "Directory.Read.All"]);
