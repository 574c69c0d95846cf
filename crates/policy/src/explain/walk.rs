//! Walking policies, lists and groups without stopping at the first answer, and weighing what they come to.

use model::access_policy::PolicyAction;

use super::{GroupExplained, ListsExplained, PolicyExplained, PolicyVerdict, RuleExplained};
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
        let (value, lists) = lists(scene, &policy.lists, policy.lane());
        Weighed { policy, value, lists }
    };
    policies.iter().map(weigh).collect()
}

fn lists(scene: &Scene<'_>, lists: &Lists, lane: Lane) -> (Possible, ListsExplained) {
    let part = |tests: &[Test]| -> (Vec<Possible>, Vec<RuleExplained>) { tests.iter().map(|t| rule(scene, t, lane)).unzip() };
    let (include_values, include) = part(&lists.include);
    let (require_values, require) = part(&lists.require);
    let (exclude_values, exclude) = part(&lists.exclude);
    let any = |values: &[Possible]| values.iter().fold(Possible::FALSE, |all, v| all.or(*v));
    let all = require_values.iter().fold(Possible::TRUE, |all, v| all.and(*v));
    let value = any(&include_values).and(all).and(any(&exclude_values).not());
    let explained = ListsExplained { include, require, exclude };
    (value, explained)
}

fn rule(scene: &Scene<'_>, test: &Test, lane: Lane) -> (Possible, RuleExplained) {
    let explained = |verdict| RuleExplained { kind: test.kind, verdict, reason: None, fact: None, group: None };
    match &test.check {
        Check::Selector(selector) => {
            let finding = selector.judge(scene, lane);
            let rule = RuleExplained { reason: Some(finding.reason), fact: selector.fact(scene.facts), ..explained(finding.truth) };
            (finding.truth.into(), rule)
        }
        Check::BrokenGroup(reason) => {
            let rule = RuleExplained { reason: Some(*reason), ..explained(Truth::Unknown) };
            (Truth::Unknown.into(), rule)
        }
        Check::Group(place) => {
            let group = scene.set.groups.get(*place);
            let (value, lists) = lists(scene, &group.lists, lane);
            let rule = RuleExplained {
                group: Some(GroupExplained { id: group.id, name: group.name.to_string(), lists }),
                ..explained(value.truth())
            };
            (value, rule)
        }
    }
}
