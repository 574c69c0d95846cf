//! Owns working out what a cycle has to do: who is in scope, what they should look like, what differs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::expression::Expression;
use super::job::{Job, Kind, Link};
use super::mapping::{self, ObjectMapping};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::grant::PrincipalType;
use crate::directory::id::ObjectId;

/// Attribute values by target path.
pub type Attributes = BTreeMap<String, Value>;

/// What to do with one object.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Look it up, then link or create it.
    Match(Attributes),
    /// Send these differences.
    Change(Link, Vec<(String, Value)>),
    /// Set it inactive, it has left the scope.
    Disable(Link),
    /// Delete it.
    Delete(Link),
    /// Forget it without telling anyone.
    Forget,
    /// Leave it out, with Graph's reason word.
    Skip(&'static str),
}

/// One object's deed.
#[derive(Debug, Clone)]
pub struct Task {
    /// Source object.
    pub id: ObjectId,
    /// Its name, for the log.
    pub name: String,
    /// User or group.
    pub kind: Kind,
    /// What to do.
    pub deed: Deed,
}

/// Which failed objects are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Those whose time has come.
    Due,
    /// All.
    All,
}

/// People and groups in a job's scope: assigned ones, and direct members of assigned groups.
#[derive(Debug, Default)]
pub struct Scope {
    /// People.
    pub people: BTreeSet<ObjectId>,
    /// Groups.
    pub groups: BTreeSet<ObjectId>,
}

impl Scope {
    /// Works the scope out.
    pub fn of(directory: &Directory, job: &Job) -> Self {
        let mut scope = Self::default();
        for assignment in directory.assigned_to(job.principal) {
            let id = assignment.principal_id;
            match assignment.principal_type {
                PrincipalType::User => {
                    scope.people.insert(id);
                }
                PrincipalType::Group => {
                    if let Some(group) = directory.groups.get(&id) {
                        scope.groups.insert(id);
                        let people = group.members.iter().filter(|member| directory.users.contains_key(member));
                        scope.people.extend(people);
                    }
                }
                PrincipalType::ServicePrincipal => {}
            }
        }
        if !job.schema.groups.enabled {
            scope.groups.clear();
        }
        if !job.schema.users.enabled {
            scope.people.clear();
        }
        scope
    }
}

/// Parsed mapping lines: target path and expression. References are left to later passes.
pub struct Lines(Vec<(String, Expression)>);

impl Lines {
    /// Parses a mapping.
    pub fn of(mapping: &ObjectMapping) -> Self {
        let lines = mapping
            .attributes
            .iter()
            .filter(|line| !is_reference(&line.target))
            .filter_map(|line| Expression::parse(&line.expression).ok().map(|parsed| (line.target.clone(), parsed)));
        Self(lines.collect())
    }

    /// The values for one object; what is empty is left out, because nulls are not provisioned.
    pub fn values(&self, source: &BTreeMap<&'static str, Value>) -> Attributes {
        self.0.iter().filter_map(|(target, line)| line.value(source).map(|value| (target.clone(), value))).collect()
    }
}

/// Whether an attribute points to another object.
pub fn is_reference(target: &str) -> bool {
    target == "members" || target.ends_with("manager")
}

fn differences(link: &Link, wanted: &Attributes) -> Vec<(String, Value)> {
    wanted.iter().filter(|(path, value)| link.sent.get(*path) != Some(value)).map(|(path, value)| (path.clone(), value.clone())).collect()
}

/// Tasks for people.
pub fn people(directory: &Directory, job: &Job, scope: &Scope, now: Stamp, retry: Retry) -> Vec<Task> {
    let lines = Lines::of(&job.schema.users);
    let linked = job.links.iter().filter(|(_, link)| link.kind == Kind::User).map(|(id, _)| *id);
    let all: BTreeSet<ObjectId> = scope.people.iter().copied().chain(linked).collect();
    all.into_iter()
        .filter_map(|id| {
            let deed = person(directory, job, scope, &lines, id)?;
            let waits = job.escrows.get(&id).is_some_and(|escrow| escrow.next > now) && retry == Retry::Due;
            if waits && !matches!(deed, Deed::Forget) {
                return None;
            }
            let name = directory.users.get(&id).map_or_else(|| id.to_string(), |user| user.profile.user_principal_name.clone());
            Some(Task { id, name, kind: Kind::User, deed })
        })
        .collect()
}

fn person(directory: &Directory, job: &Job, scope: &Scope, lines: &Lines, id: ObjectId) -> Option<Deed> {
    let link = job.links.get(&id);
    let Some(user) = directory.users.get(&id) else {
        // Purged: told only while the service still managed the person.
        return link.map(|link| if link.in_scope { Deed::Delete(link.clone()) } else { Deed::Forget });
    };
    if !scope.people.contains(&id) {
        return link.filter(|link| link.in_scope).map(|link| Deed::Disable(link.clone()));
    }
    let wanted = lines.values(&mapping::user_source(directory, user));
    match link {
        None if user.may_sign_in() => Some(Deed::Match(wanted)),
        None => Some(Deed::Skip("NotEffectivelyEntitled")),
        Some(link) => {
            let changes = differences(link, &wanted);
            (!changes.is_empty() || !link.in_scope).then(|| Deed::Change(link.clone(), changes))
        }
    }
}

/// Tasks for groups, members aside.
pub fn groups(directory: &Directory, job: &Job, scope: &Scope, now: Stamp, retry: Retry) -> Vec<Task> {
    let lines = Lines::of(&job.schema.groups);
    let linked = job.links.iter().filter(|(_, link)| link.kind == Kind::Group).map(|(id, _)| *id);
    let all: BTreeSet<ObjectId> = scope.groups.iter().copied().chain(linked).collect();
    all.into_iter()
        .filter_map(|id| {
            let link = job.links.get(&id);
            let group = directory.groups.get(&id).filter(|_| scope.groups.contains(&id));
            let deed = match (group, link) {
                (None, None) => return None,
                (None, Some(link)) => Deed::Delete(link.clone()),
                (Some(group), None) => Deed::Match(lines.values(&mapping::group_source(group))),
                (Some(group), Some(link)) => {
                    let changes = differences(link, &lines.values(&mapping::group_source(group)));
                    if changes.is_empty() {
                        return None;
                    }
                    Deed::Change(link.clone(), changes)
                }
            };
            if job.escrows.get(&id).is_some_and(|escrow| escrow.next > now) && retry == Retry::Due {
                return None;
            }
            let name = directory.groups.get(&id).map_or_else(|| id.to_string(), |group| group.display_name.clone());
            Some(Task { id, name, kind: Kind::Group, deed })
        })
        .collect()
}

/// What changes in a group's members.
#[derive(Debug)]
pub struct MemberTask {
    /// Group.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Its id in the target.
    pub target: String,
    /// To add: source and target ids.
    pub add: Vec<(ObjectId, String)>,
    /// To remove: source and target ids.
    pub remove: Vec<(ObjectId, String)>,
    /// Members noted without a request, because they are not provisioned.
    pub noted: Vec<ObjectId>,
    /// Members dropped without a request, because they are gone from the target.
    pub dropped: Vec<ObjectId>,
}

/// Member changes of linked groups; direct members that are people only.
pub fn members(directory: &Directory, job: &Job, scope: &Scope) -> Vec<MemberTask> {
    if !job.schema.groups.attributes.iter().any(|line| line.target == "members") {
        return Vec::new();
    }
    let linked = |id: &ObjectId| job.links.get(id).map(|link| link.target.clone());
    let mut tasks = Vec::new();
    for id in &scope.groups {
        let (Some(group), Some(link)) = (directory.groups.get(id), job.links.get(id)) else {
            continue;
        };
        let current: BTreeSet<ObjectId> = group.members.iter().copied().filter(|member| directory.users.contains_key(member)).collect();
        let mut task = MemberTask {
            id: *id,
            name: group.display_name.clone(),
            target: link.target.clone(),
            add: Vec::new(),
            remove: Vec::new(),
            noted: Vec::new(),
            dropped: Vec::new(),
        };
        for member in current.difference(&link.members) {
            match linked(member) {
                Some(target) => task.add.push((*member, target)),
                // A member whose own provisioning failed is tried again with them.
                None if job.escrows.contains_key(member) => {}
                None => task.noted.push(*member),
            }
        }
        for member in link.members.difference(&current) {
            match linked(member) {
                Some(target) => task.remove.push((*member, target)),
                None => task.dropped.push(*member),
            }
        }
        let busy = [task.add.len(), task.remove.len(), task.noted.len(), task.dropped.len()];
        if busy.iter().any(|count| *count > 0) {
            tasks.push(task);
        }
    }
    tasks
}

/// A manager to set.
#[derive(Debug)]
pub struct ManagerTask {
    /// Person.
    pub id: ObjectId,
    /// Their id in the target.
    pub target: String,
    /// Target path of the reference.
    pub path: String,
    /// The manager.
    pub manager: ObjectId,
    /// The manager's id in the target; `None` when not provisioned, which is only noted.
    pub manager_target: Option<String>,
}

/// Managers that changed since they were last looked at.
pub fn managers(directory: &Directory, job: &Job, scope: &Scope) -> Vec<ManagerTask> {
    let Some(line) = job.schema.users.attributes.iter().find(|line| line.target.ends_with("manager")) else {
        return Vec::new();
    };
    scope
        .people
        .iter()
        .filter_map(|id| {
            let (user, link) = (directory.users.get(id)?, job.links.get(id)?);
            let manager = user.manager?;
            if link.sent.get(&line.target) == Some(&Value::String(manager.to_string())) {
                return None;
            }
            Some(ManagerTask {
                id: *id,
                target: link.target.clone(),
                path: line.target.clone(),
                manager,
                manager_target: job.links.get(&manager).map(|link| link.target.clone()),
            })
        })
        .collect()
}
