//! Owns who is in a job's scope: assigned people and groups, direct members of assigned groups, or everyone.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::job::{Job, Reach};
use super::source::{self, Entitlement, Source};
use crate::directory::Directory;
use crate::directory::grant::PrincipalType;
use crate::directory::id::ObjectId;
use crate::directory::user::User;

/// People and groups in a job's scope, before scoping filters.
#[derive(Debug, Default)]
pub struct Scope {
    /// People.
    pub people: BTreeSet<ObjectId>,
    /// Groups.
    pub groups: BTreeSet<ObjectId>,
    roles: HashMap<ObjectId, Vec<Uuid>>,
}

impl Scope {
    /// Works the scope out.
    pub fn of(directory: &Directory, job: &Job) -> Self {
        let mut scope = Self::default();
        for assignment in directory.assigned_to(job.principal) {
            let (id, role) = (assignment.principal_id, assignment.app_role_id);
            match assignment.principal_type {
                PrincipalType::User => scope.person(id, role),
                PrincipalType::Group => {
                    if let Some(group) = directory.groups.get(&id) {
                        scope.groups.insert(id);
                        for member in group.members.iter().filter(|member| directory.users.contains_key(member)) {
                            scope.person(*member, role);
                        }
                    }
                }
                PrincipalType::ServicePrincipal => {}
            }
        }
        if job.reach == Reach::Everything {
            scope.people.extend(directory.users.keys());
            scope.groups.extend(directory.groups.keys());
        }
        if !job.schema.groups.enabled {
            scope.groups.clear();
        }
        if !job.schema.users.enabled {
            scope.people.clear();
        }
        scope
    }

    fn person(&mut self, id: ObjectId, role: Uuid) {
        self.people.insert(id);
        if !role.is_nil() {
            self.roles.entry(id).or_default().push(role);
        }
    }

    /// What a person's mapping reads.
    pub fn source(&self, directory: &Directory, job: &Job, user: &User, entitlement: Entitlement) -> Source {
        let held = self.roles.get(&user.id);
        let roles: Vec<Value> = held.map_or_else(Vec::new, |held| source::roles(directory, job.principal, held));
        Source::person(directory, user, entitlement, &roles)
    }
}
