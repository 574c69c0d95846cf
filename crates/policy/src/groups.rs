//! Rule groups: which ones a set of policies leads to, written down once each, below the ones that refer to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    AccessGroupId,
    access_group::AccessGroup,
    rule::{Rule, RuleSet},
};

use crate::{Reason, compiled::Lists, selectors::Named};

/// Groups within groups within groups, at most this deep.
const MAX_HEIGHT: usize = 32;
/// Rules of a group with all its groups written out, at most.
const MAX_WEIGHT: usize = 20_000;

/// A rule group made ready for judging.
#[derive(Debug)]
pub(crate) struct Group {
    pub id: AccessGroupId,
    pub name: Box<str>,
    pub lists: Lists,
    /// The rules as they were written, for explanations.
    pub source: Box<RuleSet>,
    height: usize,
    weight: usize,
}

/// The groups that policies lead to. A group stands after all groups it refers to.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    list: Vec<Group>,
    places: BTreeMap<AccessGroupId, Result<usize, Reason>>,
}

impl Groups {
    pub fn get(&self, place: usize) -> &Group {
        &self.list[place]
    }
    pub fn len(&self) -> usize {
        self.list.len()
    }
    pub fn lists(&self) -> impl Iterator<Item = &Lists> {
        self.list.iter().map(|group| &group.lists)
    }
    /// The group's place, or why a rule that names it cannot be judged.
    pub fn place(&self, id: AccessGroupId) -> Result<usize, Reason> {
        self.places.get(&id).copied().unwrap_or(Err(Reason::RuleGroupMissing))
    }

    /// Collects every group that the rules lead to. A group that leads to a cycle, even from outside it, cannot be
    /// judged: what it says would depend on where one enters.
    pub fn collect<'a>(rules: impl Iterator<Item = &'a RuleSet>, named: &Named<'_>) -> Self {
        let all = named.references.groups;
        let children = reachable(rules, all);
        let mut waiting: BTreeMap<AccessGroupId, usize> = children.iter().map(|(id, c)| (*id, c.len())).collect();
        let mut parents: BTreeMap<AccessGroupId, Vec<AccessGroupId>> = BTreeMap::new();
        for (parent, child) in children.iter().flat_map(|(p, c)| c.iter().map(move |c| (p, c))) {
            parents.entry(*child).or_default().push(*parent);
        }
        let mut ready: Vec<AccessGroupId> = waiting.iter().filter(|(_, n)| **n == 0).map(|(id, _)| *id).collect();
        let mut groups = Self::default();
        while let Some(id) = ready.pop() {
            waiting.remove(&id);
            if let Some(group) = all.get(&id) {
                groups.add(group, named);
            }
            for parent in parents.get(&id).into_iter().flatten() {
                if let Some(left) = waiting.get_mut(parent) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(*parent);
                    }
                }
            }
        }
        for id in waiting.into_keys() {
            groups.places.insert(id, Err(Reason::RuleGroupCycle));
        }
        groups
    }

    fn add(&mut self, group: &AccessGroup, named: &Named<'_>) {
        let (mut height, mut weight) = (1, 0usize);
        for rule in group.rules.iter() {
            weight = weight.saturating_add(1);
            if let Rule::Group { id } = rule
                && let Ok(place) = self.place(*id)
            {
                height = height.max(1 + self.list[place].height);
                weight = weight.saturating_add(self.list[place].weight);
            }
        }
        let place = if height > MAX_HEIGHT || weight > MAX_WEIGHT {
            Err(Reason::RuleGroupTooLarge)
        } else {
            let lists = Lists::compile(&group.rules, self, named);
            let source = Box::new(group.rules.clone());
            self.list.push(Group { id: group.id, name: group.name.as_str().into(), lists, source, height, weight });
            Ok(self.list.len() - 1)
        };
        self.places.insert(group.id, place);
    }
}

/// Existing groups that the rules lead to, each with the existing groups it names.
fn reachable<'a>(
    rules: impl Iterator<Item = &'a RuleSet>,
    all: &BTreeMap<AccessGroupId, Arc<AccessGroup>>,
) -> BTreeMap<AccessGroupId, BTreeSet<AccessGroupId>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<AccessGroupId> = rules.flat_map(named).collect();
    while let Some(id) = open.pop() {
        let Some(group) = all.get(&id) else { continue };
        if found.contains_key(&id) {
            continue;
        }
        let children: BTreeSet<_> = named(&group.rules).filter(|child| all.contains_key(child)).collect();
        open.extend(&children);
        found.insert(id, children);
    }
    found
}

fn named(rules: &RuleSet) -> impl Iterator<Item = AccessGroupId> + '_ {
    rules.iter().filter_map(|rule| match rule {
        Rule::Group { id } => Some(*id),
        _ => None,
    })
}
