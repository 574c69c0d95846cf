//! Owns working out which references changed: members of groups, managers of people.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::job::{Job, Link};
use super::plan::Ground;
use crate::directory::id::ObjectId;

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

impl MemberTask {
    /// What escrow compares with.
    pub fn wish(&self) -> Value {
        let ids = |pairs: &[(ObjectId, String)]| pairs.iter().map(|(id, _)| Value::from(id.to_string())).collect::<Value>();
        json!({"add": ids(&self.add), "remove": ids(&self.remove)})
    }
}

/// A manager to set.
#[derive(Debug)]
pub struct ManagerTask {
    /// Person.
    pub id: ObjectId,
    /// Their name.
    pub name: String,
    /// Their id in the target.
    pub target: String,
    /// Target path of the reference.
    pub path: String,
    /// The manager.
    pub manager: ObjectId,
    /// The manager's id in the target; `None` when not provisioned, which is only noted.
    pub manager_target: Option<String>,
}

fn target_of(job: &Job, id: ObjectId) -> Option<String> {
    job.links.get(&id).map(|link| link.target.clone())
}

impl Ground<'_> {
    fn reference_waits(&self, id: ObjectId, wish: &Value) -> bool {
        self.job.reference_escrows.get(&id).is_some_and(|held| held.waits(wish, self.now, self.retry))
    }

    /// Member changes of linked groups; direct members that are people only.
    pub fn members(&self) -> Vec<MemberTask> {
        if !self.job.schema.groups.attributes.iter().any(|line| line.target == "members") {
            return Vec::new();
        }
        let linked = self.scope.groups.iter().filter_map(|id| Some((*id, self.job.links.get(id)?)));
        linked.filter_map(|(id, link)| self.member_task(id, link)).filter(|task| !self.reference_waits(task.id, &task.wish())).collect()
    }

    fn member_task(&self, id: ObjectId, link: &Link) -> Option<MemberTask> {
        let group = self.directory.groups.get(&id)?;
        let current: BTreeSet<ObjectId> =
            group.members.iter().copied().filter(|member| self.directory.users.contains_key(member)).collect();
        let (name, target) = (group.display_name.clone(), link.target.clone());
        let mut task = MemberTask { id, name, target, add: Vec::new(), remove: Vec::new(), noted: Vec::new(), dropped: Vec::new() };
        for member in current.difference(&link.members) {
            match target_of(self.job, *member) {
                Some(target) => task.add.push((*member, target)),
                // A member whose own provisioning failed is tried again with them.
                None if self.job.escrows.contains_key(member) => {}
                None => task.noted.push(*member),
            }
        }
        for member in link.members.difference(&current) {
            match target_of(self.job, *member) {
                Some(target) => task.remove.push((*member, target)),
                None => task.dropped.push(*member),
            }
        }
        let counts = [task.add.len(), task.remove.len(), task.noted.len(), task.dropped.len()];
        counts.iter().any(|count| *count > 0).then_some(task)
    }

    /// Managers that changed since they were last looked at.
    pub fn managers(&self) -> Vec<ManagerTask> {
        let Some(line) = self.job.schema.users.attributes.iter().find(|line| line.target.ends_with("manager")) else {
            return Vec::new();
        };
        let tasks = self.scope.people.iter().filter_map(|id| self.manager_task(*id, &line.target));
        tasks.filter(|task| !self.reference_waits(task.id, &task.manager.to_string().into())).collect()
    }

    fn manager_task(&self, id: ObjectId, path: &str) -> Option<ManagerTask> {
        let (user, link) = (self.directory.users.get(&id)?, self.job.links.get(&id)?);
        let manager = user.manager?;
        if link.sent.get(path) == Some(&Value::String(manager.to_string())) {
            return None;
        }
        Some(ManagerTask {
            id,
            name: user.profile.user_principal_name.clone(),
            target: link.target.clone(),
            path: path.to_owned(),
            manager,
            manager_target: target_of(self.job, manager),
        })
    }
}
