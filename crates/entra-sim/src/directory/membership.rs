//! Owns who is in which group, directly and through nesting.

use std::collections::BTreeSet;

use super::Directory;
use super::group::Group;
use super::id::ObjectId;
use super::user::User;

impl Directory {
    /// Builds the index of groups by member; needed after loading.
    pub fn index(&mut self) {
        self.parents.clear();
        for group in self.groups.values() {
            for member in &group.members {
                self.parents.entry(*member).or_default().push(group.id);
            }
        }
        for other in &mut self.others {
            other.index();
        }
    }

    /// Puts a group (with its members) into the directory.
    pub fn put_group(&mut self, group: Group) {
        for member in &group.members {
            self.parents.entry(*member).or_default().push(group.id);
        }
        self.groups.insert(group.id, group);
    }

    /// Adds a member; `false` when it was one already or the group is unknown.
    pub fn add_member(&mut self, group: ObjectId, member: ObjectId) -> bool {
        let Some(found) = self.groups.get_mut(&group) else {
            return false;
        };
        let added = found.members.insert(member);
        if added {
            self.parents.entry(member).or_default().push(group);
        }
        added
    }

    /// Removes a member; `false` when it was none.
    pub fn remove_member(&mut self, group: ObjectId, member: ObjectId) -> bool {
        let removed = self.groups.get_mut(&group).is_some_and(|found| found.members.remove(&member));
        if removed && let Some(parents) = self.parents.get_mut(&member) {
            parents.retain(|parent| *parent != group);
        }
        removed
    }

    /// Removes a group and everything that hangs on it.
    pub fn remove_group(&mut self, group: ObjectId) -> Option<Group> {
        let gone = self.groups.remove(&group)?;
        for member in &gone.members {
            if let Some(parents) = self.parents.get_mut(member) {
                parents.retain(|parent| *parent != group);
            }
        }
        self.forget(group);
        Some(gone)
    }

    pub(super) fn drop_memberships(&mut self, member: ObjectId) {
        for group in self.parents.remove(&member).unwrap_or_default() {
            if let Some(group) = self.groups.get_mut(&group) {
                group.members.remove(&member);
            }
        }
    }

    /// Groups that hold the object directly, ordered by id.
    pub fn direct_groups(&self, member: ObjectId) -> BTreeSet<ObjectId> {
        self.parents.get(&member).map(|groups| groups.iter().copied().collect()).unwrap_or_default()
    }

    /// Groups that hold the object directly or through nesting, ordered by id.
    pub fn all_groups(&self, member: ObjectId) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        let mut open = vec![member];
        while let Some(next) = open.pop() {
            for group in self.parents.get(&next).into_iter().flatten() {
                if found.insert(*group) {
                    open.push(*group);
                }
            }
        }
        found
    }

    /// Direct members that still exist (soft-deleted people do not count).
    pub fn direct_members(&self, group: ObjectId) -> BTreeSet<ObjectId> {
        self.groups.get(&group).map(|found| found.members.iter().copied().filter(|id| self.is_present(*id)).collect()).unwrap_or_default()
    }

    /// Members through all nesting, groups included; the group itself only if it is in a cycle.
    pub fn all_members(&self, group: ObjectId) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        let mut open = vec![group];
        while let Some(next) = open.pop() {
            for member in self.direct_members(next) {
                if found.insert(member) && self.groups.contains_key(&member) {
                    open.push(member);
                }
            }
        }
        found
    }

    fn is_present(&self, id: ObjectId) -> bool {
        self.groups.contains_key(&id) || self.users.get(&id).is_some_and(User::is_live)
    }
}
