//! What a refusal hung on: one policy, one rule and its reason. Only computed once the answer is no.

use model::PolicyId;

use crate::{
    Part, Reason, Truth,
    compiled::{Check, Lists, Policy, Test},
    evaluate::{judge_lists, judge_test},
    scene::Scene,
    selectors::Lane,
    truth::Possible,
};

/// The policy and rule that a refusal is put down to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blame {
    pub policy: Option<PolicyId>,
    pub rule: Option<&'static str>,
    pub part: Option<Part>,
    pub reason: Reason,
}

/// The rule by which a Block policy applies (or cannot be ruled out).
pub(crate) fn of_block(scene: &Scene<'_>, policy: &Policy) -> Blame {
    let look = Look { scene, lane: policy.lane() };
    look.holding(&policy.lists).blame(policy)
}

/// The Allow policy that came nearest to letting the person in, and the rule it failed by. Nearest is one that failed
/// for want of a fact, then one whose include held; among equals the first listed.
pub(crate) fn of_no_match(scene: &Scene<'_>) -> Blame {
    let mut nearest: Option<(u8, Blame)> = None;
    for policy in scene.set.second.iter().filter(|p| p.lane() == Lane::Allow) {
        let look = Look { scene, lane: Lane::Allow };
        let failed = look.failing(&policy.lists);
        let rank = match (failed.unknown, failed.part) {
            (true, Some(Part::Include) | None) => 2,
            (true, Some(Part::Require | Part::Exclude)) => 3,
            (false, Some(Part::Require | Part::Exclude)) => 1,
            (false, Some(Part::Include) | None) => 0,
        };
        if nearest.is_none_or(|(best, _)| rank > best) {
            nearest = Some((rank, failed.blame(policy)));
        }
    }
    nearest.map_or(Blame { policy: None, rule: None, part: None, reason: Reason::NoAllowPolicy }, |(_, blame)| blame)
}

/// A rule, where it stands in the policy's own lists, and what it said.
#[derive(Debug, Clone, Copy)]
struct Found {
    rule: Option<&'static str>,
    part: Option<Part>,
    reason: Reason,
    unknown: bool,
}

impl Found {
    const NO_INCLUDE: Self = Self { rule: None, part: None, reason: Reason::NoInclude, unknown: false };

    fn blame(self, policy: &Policy) -> Blame {
        Blame { policy: Some(policy.id), rule: self.rule, part: self.part, reason: self.reason }
    }
    fn at(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }
}

struct Look<'a> {
    scene: &'a Scene<'a>,
    lane: Lane,
}

impl Look<'_> {
    fn value(&self, test: &Test) -> Possible {
        judge_test(self.scene, test, self.lane)
    }
    fn is_unknown(&self, test: &Test) -> bool {
        self.value(test).truth() == Truth::Unknown
    }

    /// The rule that keeps the lists from being true.
    fn failing(&self, lists: &Lists) -> Found {
        let mut include = Possible::FALSE;
        for test in &lists.include {
            include = include.or(self.value(test));
        }
        if !include.can_be_true() {
            let unknown = lists.include.iter().find(|test| self.is_unknown(test));
            return match unknown.or(lists.include.first()) {
                Some(test) => self.leaf(test, Self::failing).at(Part::Include),
                None => Found::NO_INCLUDE,
            };
        }
        let require = lists.require.iter();
        if let Some(test) = require.clone().find(|test| !self.value(test).can_be_true()) {
            return self.leaf(test, Self::failing).at(Part::Require);
        }
        let exclude = lists.exclude.iter();
        if let Some(test) = exclude.clone().find(|test| !self.value(test).can_be_false()) {
            return self.leaf(test, Self::holding).at(Part::Exclude);
        }
        // Nothing fails: the caller asked about lists that hold.
        Found::NO_INCLUDE
    }

    /// The rule by which the lists hold, or for want of which they cannot be called false.
    fn holding(&self, lists: &Lists) -> Found {
        if !judge_lists(self.scene, lists, self.lane).is_true() {
            let parts = [(Part::Include, &lists.include), (Part::Require, &lists.require), (Part::Exclude, &lists.exclude)];
            for (part, tests) in parts {
                if let Some(test) = tests.iter().find(|test| self.is_unknown(test)) {
                    return self.leaf(test, Self::holding).at(part);
                }
            }
        }
        let mut include = lists.include.iter();
        match include.find(|test| !self.value(test).can_be_false()) {
            Some(test) => self.leaf(test, Self::holding).at(Part::Include),
            None => Found::NO_INCLUDE,
        }
    }

    /// The rule itself; for a rule group, the rule inside it.
    fn leaf(&self, test: &Test, inside: fn(&Self, &Lists) -> Found) -> Found {
        let found = |reason, unknown| Found { rule: Some(test.kind), part: None, reason, unknown };
        match &test.check {
            Check::Selector(selector) => {
                let finding = selector.judge(self.scene, self.lane);
                found(finding.reason, finding.truth == Truth::Unknown)
            }
            Check::BrokenGroup(reason) => found(*reason, true),
            Check::Group(place) => {
                let inner = inside(self, &self.scene.set.groups.get(*place).lists);
                Found { rule: inner.rule.or(Some(test.kind)), ..inner }
            }
        }
    }
}
