//! Owns the tenant's data: people, groups, applications, assignments, grants and provisioning jobs.

pub mod app;
pub mod catalogue;
pub mod credential;
pub mod device;
pub mod grant;
pub mod group;
pub mod id;
pub mod membership;
pub mod others;
pub mod policy;
pub mod risk;
pub mod role;
pub mod standing;
pub mod user;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::app::{Application, ServicePrincipal};
use self::device::Device;
use self::grant::{Assignment, AuthContext, Grant, PrincipalType};
use self::group::Group;
use self::id::{AppId, ObjectId, TenantId};
use self::policy::Policy;
use self::risk::{Detection, Risk};
use self::role::DirectoryRole;
use self::user::User;
use crate::provisioning::job::Job;

/// The tenant itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Tenant id.
    pub id: TenantId,
    /// Verified domain.
    pub domain: String,
    /// Name.
    pub display_name: String,
    /// Two-letter country code.
    #[serde(default)]
    pub country: Option<String>,
}

/// Everything the tenant holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// The tenant.
    pub tenant: Tenant,
    /// People, soft-deleted ones included.
    pub users: BTreeMap<ObjectId, User>,
    /// Groups.
    pub groups: BTreeMap<ObjectId, Group>,
    /// Registrations.
    pub applications: BTreeMap<ObjectId, Application>,
    /// Enterprise applications.
    pub principals: BTreeMap<ObjectId, ServicePrincipal>,
    /// App role assignments by id.
    pub assignments: BTreeMap<String, Assignment>,
    /// Delegated grants by id.
    pub grants: BTreeMap<String, Grant>,
    /// Authentication contexts.
    pub contexts: Vec<AuthContext>,
    /// Provisioning jobs by id.
    pub jobs: BTreeMap<String, Job>,
    /// Conditional Access policies.
    #[serde(default)]
    pub policies: BTreeMap<Uuid, Policy>,
    /// Devices by their id in Intune.
    #[serde(default)]
    pub devices: BTreeMap<Uuid, Device>,
    /// People whom Identity Protection watches.
    #[serde(default)]
    pub risk: BTreeMap<ObjectId, Risk>,
    /// What it has seen.
    #[serde(default)]
    pub detections: Vec<Detection>,
    /// Directory roles.
    #[serde(default)]
    pub roles: BTreeMap<ObjectId, DirectoryRole>,
    /// Further tenants, whose accounts may sign in to multi-tenant applications.
    #[serde(default)]
    pub others: Vec<Directory>,
    /// Groups by member; follows `groups`.
    #[serde(skip)]
    pub(crate) parents: HashMap<ObjectId, Vec<ObjectId>>,
}

impl Directory {
    /// An empty tenant.
    pub fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            applications: BTreeMap::new(),
            principals: BTreeMap::new(),
            assignments: BTreeMap::new(),
            grants: BTreeMap::new(),
            contexts: Vec::new(),
            jobs: BTreeMap::new(),
            policies: BTreeMap::new(),
            devices: BTreeMap::new(),
            risk: BTreeMap::new(),
            detections: Vec::new(),
            roles: BTreeMap::new(),
            others: Vec::new(),
            parents: HashMap::new(),
        }
    }

    /// People that are not soft-deleted.
    pub fn live_users(&self) -> impl Iterator<Item = &User> {
        self.users.values().filter(|user| user.is_live())
    }

    /// A live person by object id or user principal name.
    pub fn user(&self, key: &str) -> Option<&User> {
        if let Ok(id) = key.parse::<ObjectId>() {
            return self.users.get(&id).filter(|user| user.is_live());
        }
        self.live_users().find(|user| user.profile.user_principal_name.eq_ignore_ascii_case(key))
    }

    /// A live person by what they type into the sign-in page: UPN, or mail when no UPN fits.
    pub fn user_by_login(&self, typed: &str) -> Option<&User> {
        let typed = typed.trim();
        self.live_users()
            .find(|user| user.profile.user_principal_name.eq_ignore_ascii_case(typed))
            .or_else(|| self.live_users().find(|user| user.mail().is_some_and(|mail| mail.eq_ignore_ascii_case(typed))))
    }

    /// A registration by client id.
    pub fn app(&self, app_id: AppId) -> Option<&Application> {
        self.applications.values().find(|app| app.app_id == app_id)
    }

    /// A service principal by client id.
    pub fn principal_of(&self, app_id: AppId) -> Option<&ServicePrincipal> {
        self.principals.values().find(|sp| sp.app_id == app_id)
    }

    /// Name of a user, group or service principal.
    pub fn name_of(&self, id: ObjectId) -> Option<&str> {
        if let Some(user) = self.users.get(&id) {
            return Some(&user.profile.display_name);
        }
        if let Some(group) = self.groups.get(&id) {
            return Some(&group.display_name);
        }
        self.principals.get(&id).map(|sp| sp.display_name.as_str())
    }

    /// Which kind of principal an id names.
    pub fn principal_type(&self, id: ObjectId) -> Option<PrincipalType> {
        if self.users.get(&id).is_some_and(User::is_live) {
            Some(PrincipalType::User)
        } else if self.groups.contains_key(&id) {
            Some(PrincipalType::Group)
        } else if self.principals.contains_key(&id) {
            Some(PrincipalType::ServicePrincipal)
        } else {
            None
        }
    }

    /// Assignments to one service principal.
    pub fn assigned_to(&self, resource: ObjectId) -> impl Iterator<Item = &Assignment> {
        self.assignments.values().filter(move |assignment| assignment.resource_id == resource)
    }

    /// Whether a person is assigned: directly, or as a *direct* member of an assigned group.
    pub fn is_assigned(&self, person: ObjectId, resource: ObjectId) -> bool {
        self.assigned_to(resource).any(|assignment| self.covers(assignment, person))
    }

    /// Ids of the app roles a person holds on a service principal.
    pub fn roles_of(&self, person: ObjectId, resource: ObjectId) -> Vec<Uuid> {
        self.assigned_to(resource).filter(|assignment| self.covers(assignment, person)).map(|assignment| assignment.app_role_id).collect()
    }

    fn covers(&self, assignment: &Assignment, person: ObjectId) -> bool {
        match assignment.principal_type {
            PrincipalType::User => assignment.principal_id == person,
            PrincipalType::Group => self.groups.get(&assignment.principal_id).is_some_and(|group| group.members.contains(&person)),
            PrincipalType::ServicePrincipal => false,
        }
    }

    /// Scopes a client holds on an API for a person: the tenant-wide grants and the person's own.
    pub fn granted_scopes(&self, client: ObjectId, resource: ObjectId, person: ObjectId) -> Vec<String> {
        let mut scopes: Vec<String> = self
            .grants
            .values()
            .filter(|grant| grant.client_id == client && grant.resource_id == resource)
            .filter(|grant| grant.principal_id.is_none_or(|one| one == person))
            .flat_map(|grant| grant.scope.split_whitespace().map(str::to_owned))
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// Application permissions (role values) a client holds on an API.
    pub fn application_roles(&self, client: ObjectId, resource: ObjectId) -> Vec<String> {
        let Some(api) = self.principals.get(&resource) else {
            return Vec::new();
        };
        let mut roles: Vec<String> = self
            .assigned_to(resource)
            .filter(|assignment| assignment.principal_id == client)
            .filter_map(|assignment| {
                api.app_roles.iter().find(|role| role.id == assignment.app_role_id).and_then(|role| role.value.clone())
            })
            .collect();
        roles.sort();
        roles
    }

    /// Removes what hangs on an object that is gone for good.
    pub fn forget(&mut self, id: ObjectId) {
        self.assignments.retain(|_, assignment| assignment.principal_id != id && assignment.resource_id != id);
        self.grants.retain(|_, grant| grant.client_id != id && grant.resource_id != id && grant.principal_id != Some(id));
        for user in self.users.values_mut() {
            if user.manager == Some(id) {
                user.manager = None;
            }
        }
        for role in self.roles.values_mut() {
            role.members.remove(&id);
        }
        self.risk.remove(&id);
        self.detections.retain(|one| one.person != id);
        for device in self.devices.values_mut().filter(|device| device.user == Some(id)) {
            device.user = None;
        }
        self.drop_memberships(id);
    }
}
