//! Owns the tenant's change history as delta queries see it: what changed since a sequence number.
//!
//! Each delta call first compares the tenant with what the call before saw, so that a token stands for a moment between two calls.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use uuid::Uuid;

use crate::directory::Directory;
use crate::directory::id::ObjectId;

/// Users or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `/users/delta`
    Users,
    /// `/groups/delta`
    Groups,
}

/// Why an object is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It can be restored.
    Changed,
    /// It is gone for good.
    Deleted,
}

/// What is known of one object.
#[derive(Debug, Clone)]
pub struct Tracked {
    fingerprint: u64,
    /// Sequence number of its last change.
    pub changed: u64,
    /// Set when it is gone.
    pub removed: Option<Removal>,
    /// Members of a group.
    pub members: BTreeSet<ObjectId>,
    /// Members that came (`true`) or went, by sequence number.
    log: Vec<(u64, ObjectId, bool)>,
}

/// The history of one tenant.
#[derive(Debug)]
pub struct History {
    /// Tells tokens of this run from others.
    pub run: Uuid,
    /// The last sequence number given.
    pub sequence: u64,
    objects: BTreeMap<(Kind, ObjectId), Tracked>,
}

impl Default for History {
    fn default() -> Self {
        Self { run: Uuid::new_v4(), sequence: 0, objects: BTreeMap::new() }
    }
}

impl History {
    /// Takes in what has changed in the tenant.
    pub fn catch_up(&mut self, directory: &Directory) {
        let next = self.sequence + 1;
        let mut changed = false;
        for user in directory.users.values() {
            let removed = user.deleted.map(|_| Removal::Changed);
            let print = fingerprint(&user.graph().to_string());
            changed |= self.see(next, (Kind::Users, user.id), print, removed, &BTreeSet::new());
        }
        for group in directory.groups.values() {
            let print = fingerprint(&group.graph().to_string());
            let members = directory.direct_members(group.id);
            changed |= self.see(next, (Kind::Groups, group.id), print, None, &members);
        }
        for ((kind, id), tracked) in &mut self.objects {
            let there = match kind {
                Kind::Users => directory.users.contains_key(id),
                Kind::Groups => directory.groups.contains_key(id),
            };
            if !there && tracked.removed != Some(Removal::Deleted) {
                tracked.removed = Some(Removal::Deleted);
                tracked.changed = next;
                changed = true;
            }
        }
        if changed {
            self.sequence = next;
        }
    }

    fn see(&mut self, next: u64, key: (Kind, ObjectId), fingerprint: u64, removed: Option<Removal>, members: &BTreeSet<ObjectId>) -> bool {
        let Some(known) = self.objects.get_mut(&key) else {
            let log = members.iter().map(|id| (next, *id, true)).collect();
            self.objects.insert(key, Tracked { fingerprint, changed: next, removed, members: members.clone(), log });
            return true;
        };
        if known.fingerprint == fingerprint && known.removed == removed && known.members == *members {
            return false;
        }
        known.log.extend(members.difference(&known.members).map(|id| (next, *id, true)));
        known.log.extend(known.members.difference(members).map(|id| (next, *id, false)));
        known.fingerprint = fingerprint;
        known.removed = removed;
        known.members.clone_from(members);
        known.changed = next;
        true
    }

    /// Objects that changed after `since`, up to and including `until`, ordered by id.
    pub fn changes(&self, kind: Kind, since: u64, until: u64) -> impl Iterator<Item = (ObjectId, &Tracked)> {
        self.objects
            .iter()
            .filter(move |((one, _), tracked)| *one == kind && tracked.changed > since && tracked.changed <= until)
            // A first answer says nothing of what was gone before it.
            .filter(move |(_, tracked)| since > 0 || tracked.removed.is_none())
            .map(|((_, id), tracked)| (*id, tracked))
    }
}

impl Tracked {
    /// Members that came and members that went after `since`.
    pub fn moved(&self, since: u64) -> (Vec<ObjectId>, Vec<ObjectId>) {
        let touched: BTreeSet<ObjectId> = self.log.iter().filter(|(at, _, _)| *at > since).map(|(_, id, _)| *id).collect();
        // Where it stood at `since` follows from the last entry before.
        let before = |id: &ObjectId| self.log.iter().rev().find(|(at, one, _)| *at <= since && one == id).is_some_and(|(_, _, came)| *came);
        let came = touched.iter().filter(|id| self.members.contains(id) && !before(id)).copied().collect();
        let went = touched.iter().filter(|id| !self.members.contains(id) && before(id)).copied().collect();
        (came, went)
    }
}

fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[ObjectId]) -> BTreeSet<ObjectId> {
        ids.iter().copied().collect()
    }

    #[test]
    fn members_that_came_and_went_again_are_not_told() {
        let (group, one, two) = (ObjectId::random(), ObjectId::random(), ObjectId::random());
        let key = (Kind::Groups, group);
        let mut history = History::default();
        for (next, members) in [(1, set(&[one])), (2, set(&[one, two])), (3, set(&[one])), (4, set(&[]))] {
            assert!(history.see(next, key, 0, None, &members));
        }
        assert!(!history.see(5, key, 0, None, &set(&[])));
        let tracked = &history.objects[&key];
        assert_eq!(tracked.moved(1), (vec![], vec![one]));
        assert_eq!(tracked.moved(2), (vec![], set(&[one, two]).into_iter().collect()));
        assert_eq!(tracked.moved(4), (vec![], vec![]));
    }
}
