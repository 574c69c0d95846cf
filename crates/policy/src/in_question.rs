//! Which policies are in question for a person, found from their directory groups at once instead of policy by policy.
//!
//! Most policies name groups and cannot apply to anybody who is in none of them. Which groups those are is worked out when a set is compiled;
//! a verdict then goes through the person's groups once, and asks only the policies that these leave in question. What is left out would have
//! come to *false*, so the verdict is the same.

mod named;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    IdpId, ObjectId,
    identity::{DirectoryGroup, Groups as Directory, Identity},
};

use crate::{
    compiled::{Check, Lists, Policy, Test},
    groups::Groups,
};
use named::Named;

/// Words of a set of places.
const WORDS: usize = 16;
/// Policies that have a bit; those after them are always asked.
const PLACES: usize = WORDS * 64;
/// Policies that are asked before anything is worked out: the first one often decides.
const EARLY: usize = 1;
/// A condition that names more groups than this is left to the policy itself.
const MOST_GROUPS: usize = 256;
/// Going through one of a person's groups takes about this part of the time that asking a policy about a group takes.
const GROUPS_FOR_A_POLICY: usize = 16;

/// A directory group of a provider.
type Key = (IdpId, ObjectId);
/// Bits by place.
type Places = [u64; WORDS];

/// Two conditions of a policy, each of the form "in one of these groups": what its include lists, and what it requires.
#[derive(Debug)]
pub(crate) struct InQuestion {
    /// Places whose policies have no such condition.
    free: [Places; 2],
    /// Groups that conditions name, with the places of the policies that do.
    named: Named,
    /// Policies with a condition.
    conditional: usize,
    policies: usize,
}

#[derive(Debug, Clone, Copy)]
struct Naming {
    place: u16,
    condition: u8,
}

impl InQuestion {
    /// Works out the conditions of policies that are asked about a person.
    pub fn of(policies: &[Policy], groups: &Groups) -> Self {
        let mut inner: Vec<Option<BTreeSet<Key>>> = Vec::with_capacity(groups.len());
        for lists in groups.lists() {
            let [include, require] = conditions(lists, &inner);
            inner.push(include.or(require));
        }
        let mut free = [[0; WORDS]; 2];
        let mut named: BTreeMap<Key, Vec<Naming>> = BTreeMap::new();
        let mut conditional = 0;
        for (place, policy) in (0u16..).zip(policies).take(PLACES) {
            let found = conditions(&policy.lists, &inner);
            conditional += usize::from(found.iter().any(Option::is_some));
            for (condition, keys) in (0u8..).zip(found) {
                match keys {
                    Some(keys) => keys.into_iter().for_each(|key| named.entry(key).or_default().push(Naming { place, condition })),
                    None => set(&mut free[usize::from(condition)], place),
                }
            }
        }
        Self { free, named: Named::new(named), conditional, policies: policies.len() }
    }

    /// Places of the policies that are in question, in order.
    pub fn places(&self, identity: &Identity) -> impl Iterator<Item = usize> {
        let early = if self.is_worth_it(identity) { EARLY } else { self.policies };
        let left_out = self.policies.min(PLACES);
        let mut later = Some(()).filter(|()| early < left_out);
        let mut bits = Bits { words: [0; WORDS], word: 0 };
        let index = self;
        // The groups are gone through when the early ones have not decided.
        let later = std::iter::from_fn(move || {
            if let Some(()) = later.take()
                && let Directory::Known { list, .. } = &identity.groups
            {
                bits.words = index.among(&identity.idp, list);
                bits.words[0] &= !((1 << EARLY) - 1);
            }
            bits.next()
        });
        let after = if early < left_out { left_out..self.policies } else { 0..0 };
        (0..early.min(self.policies)).chain(later).chain(after)
    }

    fn is_worth_it(&self, identity: &Identity) -> bool {
        match &identity.groups {
            Directory::Known { list, .. } => self.conditional > EARLY && list.len() <= self.conditional * GROUPS_FOR_A_POLICY,
            Directory::Unknown { .. } => false,
        }
    }

    fn among(&self, idp: &IdpId, list: &[DirectoryGroup]) -> Places {
        let [mut include, mut require] = self.free;
        for group in list.iter().filter(|group| self.named.may_hold(&group.id)) {
            for naming in self.named.get(idp, &group.id) {
                set(if naming.condition == 0 { &mut include } else { &mut require }, naming.place);
            }
        }
        std::array::from_fn(|word| include[word] & require[word])
    }
}

/// The groups of one of which somebody must be so that the include list holds, and so that a required rule does; `None` where there is no such
/// condition. `inner` has it for rule groups.
fn conditions(lists: &Lists, inner: &[Option<BTreeSet<Key>>]) -> [Option<BTreeSet<Key>>; 2] {
    let mut include = Some(BTreeSet::new());
    for test in &lists.include {
        include = match (include, condition(test, inner)) {
            (Some(mut all), Some(more)) if all.len() + more.len() <= MOST_GROUPS => {
                all.extend(more);
                Some(all)
            }
            _ => None,
        };
    }
    [include, lists.require.iter().find_map(|test| condition(test, inner))]
}

fn condition(test: &Test, inner: &[Option<BTreeSet<Key>>]) -> Option<BTreeSet<Key>> {
    match &test.check {
        Check::Selector(selector) => selector.directory_group().map(|key| BTreeSet::from([key])),
        Check::Group(place) => inner[*place].clone(),
        Check::BrokenGroup(_) => None,
    }
}

fn set(places: &mut Places, place: u16) {
    places[usize::from(place) / 64] |= 1 << (place % 64);
}

struct Bits {
    words: Places,
    word: usize,
}

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.word < WORDS {
            let left = &mut self.words[self.word];
            if *left != 0 {
                let bit = left.trailing_zeros() as usize;
                *left &= *left - 1;
                return Some(self.word * 64 + bit);
            }
            self.word += 1;
        }
        None
    }
}
