//! Walking policies, lists and groups without stopping at the first answer, and weighing what they come to.

use model::{
    access_policy::PolicyAction,
    rule::{Rule, RuleSet},
};

use super::{FactUsed, GroupExplained, ListsExplained, PolicyExplained, PolicyVerdict, RuleExplained, value};
use crate::{
    Outcome, Truth,
    compiled::{Check, Lists, Policy, Test},
    scene::Scene,
    selectors::Lane,
    truth::Possible,
};

/// A policy with all its rules judged.
pub(super) struct Weighed<'a> {
    pub policy: &'a Policy,
    value: Possible,
    lists: ListsExplained,
}

impl Weighed<'_> {
    pub fn blocks(&self) -> bool {
        self.policy.action == PolicyAction::Deny
    }
    pub fn surely_matches(&self) -> bool {
        self.value.is_true()
    }
    pub fn surely_not(&self) -> bool {
        self.value.is_false()
    }
    pub const fn may_match(&self) -> bool {
        self.value.can_be_true()
    }
    pub const fn never_not(&self) -> bool {
        !self.value.can_be_false()
    }
    /// The outcome when this policy decides and lets in.
    pub const fn open(&self) -> Outcome {
        let policy = self.policy.id;
        match self.policy.action {
            PolicyAction::Bypass => Outcome::Bypass { policy },
            PolicyAction::NonIdentity => Outcome::ServiceAuth { policy },
            PolicyAction::Allow | PolicyAction::Deny => Outcome::Allow { policy },
        }
    }
    pub fn explained(self, asked: bool) -> PolicyExplained {
        PolicyExplained {
            id: self.policy.id,
            name: self.policy.name.to_string(),
            action: self.policy.action.as_str(),
            verdict: match self.value.truth() {
                Truth::True => PolicyVerdict::Matched,
                Truth::False => PolicyVerdict::NotMatched,
                Truth::Unknown => PolicyVerdict::Unknown,
                Truth::Pending => PolicyVerdict::Pending,
            },
            asked,
            lists: self.lists,
        }
    }
}

pub(super) fn policies<'a>(scene: &Scene<'_>, policies: &'a [Policy]) -> Vec<Weighed<'a>> {
    let weigh = |policy: &'a Policy| {
        let (value, lists) = lists(scene, (&policy.lists, &policy.source), policy.lane());
        Weighed { policy, value, lists }
    };
    policies.iter().map(weigh).collect()
}

/// Lists are compiled in the order of their rules, one test each.
fn lists(scene: &Scene<'_>, (lists, source): (&Lists, &RuleSet), lane: Lane) -> (Possible, ListsExplained) {
    let part = |tests: &[Test], rules: &[Rule]| -> (Vec<Possible>, Vec<RuleExplained>) {
        let rules = rules.iter().map(Some).chain(std::iter::repeat(None));
        tests.iter().zip(rules).map(|(test, source)| rule(scene, test, source, lane)).unzip()
    };
    let (include_values, include) = part(&lists.include, &source.include);
    let (require_values, require) = part(&lists.require, &source.require);
    let (exclude_values, exclude) = part(&lists.exclude, &source.exclude);
    let any = |values: &[Possible]| values.iter().fold(Possible::FALSE, |all, v| all.or(*v));
    let all = require_values.iter().fold(Possible::TRUE, |all, v| all.and(*v));
    let value = any(&include_values).and(all).and(any(&exclude_values).not());
    let explained = ListsExplained { include, require, exclude };
    (value, explained)
}

fn rule(scene: &Scene<'_>, test: &Test, source: Option<&Rule>, lane: Lane) -> (Possible, RuleExplained) {
    let explained = |verdict| RuleExplained { kind: test.kind, rule: source.cloned(), verdict, reason: None, fact: None, group: None };
    match &test.check {
        Check::Selector(selector) => {
            let finding = selector.judge(scene, lane);
            let fact = selector.fact(scene.facts).map(|fact| valued(fact, source, scene));
            let rule = RuleExplained { reason: Some(finding.reason), fact, ..explained(finding.truth) };
            (finding.truth.into(), rule)
        }
        Check::BrokenGroup(reason) => {
            let rule = RuleExplained { reason: Some(*reason), ..explained(Truth::Unknown) };
            (Truth::Unknown.into(), rule)
        }
        Check::Group(place) => {
            let group = scene.set.groups.get(*place);
            let (value, lists) = lists(scene, (&group.lists, &group.source), lane);
            let rule = RuleExplained {
                group: Some(GroupExplained { id: group.id, name: group.name.to_string(), lists }),
                ..explained(value.truth())
            };
            (value, rule)
        }
    }
}

/// The fact with its value, unless the selector told it already.
fn valued(fact: FactUsed, source: Option<&Rule>, scene: &Scene<'_>) -> FactUsed {
    if fact.value.is_some() {
        return fact;
    }
    let value = source.and_then(|rule| value::of(rule, scene.facts));
    fact.with_value(value)
}
