//! Owns turning a tenant's shape into its directory, with ids that are the same on every start.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::crowd::{CrowdError, grow};
use super::shape::{AppKind, AppShape, AssignmentRule, GroupKind, TenantFile};
use super::{ADMIN_APP, SIGN_IN_APP, Seed, TenantSource, harbour, random_secret};
use crate::clock::Stamp;
use crate::directory::app::{Application, PasswordCredential, ServicePrincipal};
use crate::directory::catalogue::{self, graph_principal};
use crate::directory::credential::{CertificateError, KeyCredential};
use crate::directory::grant::{Assignment, AuthContext, Grant, PrincipalType};
use crate::directory::group::Group;
use crate::directory::id::{AppId, ObjectId, TenantId, named};
use crate::directory::standing::{Lock, PasswordAge, Standing};
use crate::directory::user::{Secret, User};
use crate::directory::{Directory, Tenant};
use crate::provisioning::job::Job;
use crate::provisioning::mapping::Schema;

/// Why a tenant could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("the tenant file {0:?} cannot be read")]
    Read(String, #[source] std::io::Error),
    /// The JSON is not a tenant.
    #[error("the tenant's JSON does not have the shape that the README describes")]
    Json(#[source] serde_json::Error),
    /// A name that nothing carries.
    #[error("{place} names {name:?}, which the tenant does not have")]
    Unknown {
        /// Where it stands.
        place: String,
        /// What it says.
        name: String,
    },
    /// A Conditional Access policy that cannot be used.
    #[error("policy {0:?} cannot be used: {1}")]
    Policy(String, String),
    /// A certificate that cannot be used.
    #[error("a certificate of app {0:?} cannot be used")]
    Certificate(String, #[source] CertificateError),
    /// A crowd that cannot be made.
    #[error("a crowd cannot be made")]
    Crowd(#[from] CrowdError),
    /// A property of a user that Graph does not have.
    #[error("user {user:?} has an unknown property {property:?}")]
    Property {
        /// Whose.
        user: String,
        /// Which.
        property: String,
    },
}

const NAMESPACE: Uuid = uuid::uuid!("4f2a1f4c-6f0e-5b7c-9c3d-2a9be5d5f0a1");

/// Builds the tenant that `seed` asks for.
pub fn directory(seed: &Seed, now: Stamp) -> Result<Directory, SeedError> {
    let file = match &seed.tenant {
        TenantSource::BuiltIn => harbour::tenant(),
        TenantSource::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| SeedError::Read(path.display().to_string(), source))?;
            serde_json::from_str(&text).map_err(SeedError::Json)?
        }
        TenantSource::Json(text) => serde_json::from_str(text).map_err(SeedError::Json)?,
    };
    Builder::new(&file, now).build(&file, seed)
}

/// A tenant under construction.
pub(super) struct Builder {
    pub(super) space: Uuid,
    pub(super) now: Stamp,
    pub(super) directory: Directory,
    people: HashMap<String, ObjectId>,
    groups: HashMap<String, ObjectId>,
}

impl Builder {
    fn new(file: &TenantFile, now: Stamp) -> Self {
        let id = file.tenant.id.unwrap_or_else(|| named(NAMESPACE, &file.tenant.domain));
        let tenant = Tenant {
            id: TenantId::new(id),
            domain: file.tenant.domain.clone(),
            display_name: file.tenant.display_name.clone(),
            country: file.tenant.country.clone(),
        };
        Self { space: id, now, directory: Directory::new(tenant), people: HashMap::new(), groups: HashMap::new() }
    }

    pub(super) fn object(&self, given: Option<Uuid>, name: &str) -> ObjectId {
        ObjectId::new(given.unwrap_or_else(|| named(self.space, name)))
    }

    fn build(mut self, file: &TenantFile, seed: &Seed) -> Result<Directory, SeedError> {
        self.people(file)?;
        self.groups(file)?;
        let graph = graph_principal(self.space);
        self.directory.principals.insert(graph.id, graph);
        for shape in &file.apps {
            self.app(shape, seed)?;
        }
        self.directory.contexts = file
            .contexts
            .iter()
            .map(|shape| AuthContext {
                id: shape.id.clone(),
                display_name: shape.name.clone(),
                description: shape.description.clone().unwrap_or_else(|| shape.name.clone()),
                is_available: shape.available,
            })
            .collect();
        self.posture(file)?;
        for other in &file.other_tenants {
            let file = TenantFile::from(other.clone());
            let built = Builder::new(&file, self.now).build(&file, seed)?;
            self.directory.others.push(built);
        }
        for crowd in &file.crowds {
            grow(&mut self.directory, crowd, self.now)?;
        }
        Ok(self.directory)
    }

    fn people(&mut self, file: &TenantFile) -> Result<(), SeedError> {
        for shape in &file.users {
            let upn = &shape.profile.user_principal_name;
            if let Some(property) = shape.profile.extensions.keys().find(|name| !name.starts_with("extension_")) {
                return Err(SeedError::Property { user: upn.clone(), property: property.clone() });
            }
            let id = self.object(shape.id, &format!("user:{}", upn.to_lowercase()));
            self.people.insert(upn.to_lowercase(), id);
            self.directory.users.insert(
                id,
                User {
                    id,
                    profile: shape.profile.clone(),
                    password: Secret::new(shape.password.clone()),
                    created: self.now,
                    deleted: None,
                    valid_from: self.now.plus(-1),
                    manager: None,
                    standing: Standing {
                        lock: if shape.locked { Lock::Locked } else { Lock::Open },
                        password: if shape.password_expired { PasswordAge::Expired } else { PasswordAge::Current },
                        ..Standing::default()
                    },
                },
            );
        }
        for shape in &file.users {
            let Some(manager) = &shape.manager else {
                continue;
            };
            let place = format!("user {:?}", shape.profile.user_principal_name);
            let manager = self.principal(&place, manager)?.0;
            let id = self.people[&shape.profile.user_principal_name.to_lowercase()];
            if let Some(user) = self.directory.users.get_mut(&id) {
                user.manager = Some(manager);
            }
        }
        Ok(())
    }

    fn groups(&mut self, file: &TenantFile) -> Result<(), SeedError> {
        for shape in &file.groups {
            let id = self.object(shape.id, &format!("group:{}", shape.name));
            self.groups.insert(shape.name.clone(), id);
        }
        for shape in &file.groups {
            let place = format!("group {:?}", shape.name);
            let members = shape.members.iter().map(|name| self.principal(&place, name).map(|found| found.0)).collect::<Result<_, _>>()?;
            let nickname: String = shape.name.chars().filter(|c| c.is_alphanumeric()).collect();
            self.directory.put_group(Group {
                id: self.groups[&shape.name],
                display_name: shape.name.clone(),
                description: shape.description.clone(),
                mail_nickname: nickname,
                mail_enabled: shape.kind == GroupKind::DistributionList,
                security_enabled: shape.kind == GroupKind::Security,
                group_types: Vec::new(),
                created: self.now,
                on_premises: shape.on_premises.clone(),
                members,
            });
        }
        Ok(())
    }

    pub(super) fn principal(&self, place: &str, name: &str) -> Result<(ObjectId, PrincipalType), SeedError> {
        let found = match name.strip_prefix("group:") {
            Some(group) => self.groups.get(group).map(|id| (*id, PrincipalType::Group)),
            None => self.people.get(&name.to_lowercase()).map(|id| (*id, PrincipalType::User)),
        };
        found.ok_or_else(|| SeedError::Unknown { place: place.to_owned(), name: name.to_owned() })
    }

    fn app(&mut self, shape: &AppShape, seed: &Seed) -> Result<(), SeedError> {
        let app_id = AppId::new(shape.id.unwrap_or_else(|| named(self.space, &format!("client:{}", shape.name))));
        let object = self.object(None, &format!("app:{}", shape.name));
        let mut app = Application::new(object, app_id, &shape.name, self.now);
        app.web.redirect_uris = shape.redirect_uris.clone();
        app.web.logout_url = shape.logout_url.clone();
        app.group_membership_claims = shape.group_membership_claims.clone();
        app.optional_claims.clone_from(&shape.optional_claims);
        app.identifier_uris.clone_from(&shape.identifier_uris);
        if let Some(audience) = &shape.sign_in_audience {
            app.sign_in_audience.clone_from(audience);
        }
        app.required_resource_access = required_access(shape);
        let secret = shape.secret.clone().map_or_else(random_secret, Secret::new);
        app.password_credentials = vec![credential(secret, self.now)];
        proofs(&mut app, shape, self.now)?;
        let sp = self.object(None, &format!("sp:{}", shape.name));
        self.directory.principals.insert(
            sp,
            ServicePrincipal {
                id: sp,
                app_id,
                display_name: shape.name.clone(),
                account_enabled: true,
                app_role_assignment_required: shape.assignment == AssignmentRule::Required,
                app_roles: Vec::new(),
                app_owner_organization_id: Some(self.space),
                notification_email_addresses: Vec::new(),
                service_principal_names: vec![app_id.to_string()],
                tags: vec!["WindowsAzureActiveDirectoryIntegratedApp".to_owned()],
                provisionable: shape.kind == AppKind::Provisioning,
            },
        );
        self.directory.applications.insert(object, app);
        self.permissions(shape, sp)?;
        for name in &shape.assigned {
            let place = format!("app {:?}", shape.name);
            let principal = self.principal(&place, name)?;
            self.assign(principal, sp, Uuid::nil());
        }
        if shape.kind == AppKind::Provisioning {
            self.job(shape, sp, seed);
        }
        Ok(())
    }

    fn assign(&mut self, principal: (ObjectId, PrincipalType), resource: ObjectId, role: Uuid) {
        let made = Assignment::new(principal, resource, role, self.now);
        self.directory.assignments.insert(made.id.clone(), made);
    }

    fn permissions(&mut self, shape: &AppShape, sp: ObjectId) -> Result<(), SeedError> {
        let graph = graph_principal(self.space).id;
        let unknown = |name: &String| SeedError::Unknown { place: format!("app {:?}", shape.name), name: name.clone() };
        for name in &shape.application {
            let role = catalogue::permission(name).and_then(|row| row.application).ok_or_else(|| unknown(name))?;
            self.assign((sp, PrincipalType::ServicePrincipal), graph, role);
        }
        if !shape.delegated.is_empty() {
            for name in &shape.delegated {
                catalogue::permission(name).and_then(|row| row.delegated).ok_or_else(|| unknown(name))?;
            }
            let grant = Grant::new(sp, graph, None, &shape.delegated.join(" "));
            self.directory.grants.insert(grant.id.clone(), grant);
        }
        Ok(())
    }

    fn job(&mut self, shape: &AppShape, sp: ObjectId, seed: &Seed) {
        let rule = named(self.space, &format!("rule:{}", shape.name));
        let guid = named(self.space, &format!("job:{}", shape.name));
        let schema = Schema::usual(rule, seed.external_id);
        let mut job = Job::new(self.directory.tenant.id, guid, sp, schema);
        job.base_address = seed.scim_base.clone();
        job.secret_token = seed.scim_secret.clone().map(Secret::new);
        self.directory.jobs.insert(job.id.clone(), job);
    }
}

/// Makes a client secret's record, valid for two years.
pub fn credential(text: Secret, now: Stamp) -> PasswordCredential {
    PasswordCredential {
        key_id: Uuid::new_v4(),
        display_name: None,
        hint: text.reveal().chars().take(3).collect(),
        start_date_time: now.plus(-60),
        end_date_time: now.plus(2 * 365 * 86_400),
        text,
    }
}

/// Further secrets, certificates and federated credentials.
fn proofs(app: &mut Application, shape: &AppShape, now: Stamp) -> Result<(), SeedError> {
    for secret in &shape.secrets {
        let mut made = credential(secret.value.clone(), now);
        made.key_id = secret.key_id.unwrap_or(made.key_id);
        made.display_name.clone_from(&secret.display_name);
        made.start_date_time = secret.start_date_time.unwrap_or(made.start_date_time);
        made.end_date_time = secret.end_date_time.unwrap_or(made.end_date_time);
        app.password_credentials.push(made);
    }
    for pem in &shape.certificates {
        let made = KeyCredential::read(pem.as_bytes());
        app.key_credentials.push(made.map_err(|source| SeedError::Certificate(shape.name.clone(), source))?);
    }
    app.federated_identity_credentials.clone_from(&shape.federated_identity_credentials);
    Ok(())
}

fn required_access(shape: &AppShape) -> serde_json::Value {
    let entry = |id: Option<Uuid>, kind: &str| id.map(|id| json!({"id": id, "type": kind}));
    let mut access: Vec<serde_json::Value> =
        shape.delegated.iter().filter_map(|name| entry(catalogue::permission(name)?.delegated, "Scope")).collect();
    access.extend(shape.application.iter().filter_map(|name| entry(catalogue::permission(name)?.application, "Role")));
    if access.is_empty() { json!([]) } else { json!([{"resourceAppId": catalogue::GRAPH.to_string(), "resourceAccess": access}]) }
}

/// Applies what the starter wants of the well-known applications, on a new tenant or a loaded one.
pub fn apply(directory: &mut Directory, seed: &Seed, now: Stamp) {
    for app in directory.applications.values_mut() {
        let wanted = match app.display_name.as_str() {
            SIGN_IN_APP => {
                for uri in &seed.redirect_uris {
                    if !app.web.redirect_uris.contains(uri) {
                        app.web.redirect_uris.push(uri.clone());
                    }
                }
                if seed.logout_url.is_some() {
                    app.web.logout_url.clone_from(&seed.logout_url);
                }
                seed.client_secret.as_ref()
            }
            ADMIN_APP => seed.admin_client_secret.as_ref(),
            _ => None,
        };
        if let Some(wanted) = wanted
            && !app.password_credentials.iter().any(|one| one.text.matches(wanted))
        {
            app.password_credentials = vec![credential(Secret::new(wanted.clone()), now)];
        }
    }
}
