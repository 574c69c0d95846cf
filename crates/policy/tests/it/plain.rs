//! A second evaluator, written from the rules' meaning alone and as plainly as can be: the fast one must say the same.

use std::collections::BTreeMap;

use model::{
    ObjectId,
    access_policy::{AccessPolicy, PolicyAction},
    identity::{Groups, GroupsUnknown, Identity},
    rule::{Rule, RuleSet},
};
use policy::{Fact, Facts, Outcome, RequestFacts, evaluate};
use proptest::{collection::vec, prelude::*, sample::subsequence};

use crate::cast::*;

const POOL: u32 = 12;
/// Rule groups; each names only later ones. One more is named and not there.
const NESTED: u32 = 5;

fn group(n: u32) -> ObjectId {
    ObjectId::new(uuid(2, n))
}

/// `None` is unknown.
type Kleene = Option<bool>;

fn any_of(all: impl Iterator<Item = Kleene>) -> Kleene {
    let all: Vec<Kleene> = all.collect();
    if all.contains(&Some(true)) {
        return Some(true);
    }
    if all.contains(&None) { None } else { Some(false) }
}
fn not(truth: Kleene) -> Kleene {
    truth.map(|known| !known)
}

struct Plain<'a> {
    person: &'a Identity,
    country: Option<&'static str>,
    groups: BTreeMap<u32, RuleSet>,
}

impl Plain<'_> {
    fn rule(&self, rule: &Rule) -> Kleene {
        match rule {
            Rule::Everyone {} => Some(true),
            Rule::Geo { country_code } => self.country.map(|country| country == country_code.as_str()),
            Rule::AzureGroup { identity_provider_id, .. } if *identity_provider_id != self.person.idp => Some(false),
            Rule::AzureGroup { id, .. } => match &self.person.groups {
                Groups::Known { list, .. } => Some(list.iter().any(|group| group.id == *id)),
                Groups::Unknown { .. } => None,
            },
            Rule::Group { id } => {
                let number = (0..=NESTED).find(|n| group_id(*n) == *id).unwrap();
                self.groups.get(&number).and_then(|rules| self.rules(rules))
            }
            other => panic!("no rule of this test: {other:?}"),
        }
    }
    fn rules(&self, rules: &RuleSet) -> Kleene {
        let included = any_of(rules.include.iter().map(|rule| self.rule(rule)));
        let lacking = any_of(rules.require.iter().map(|rule| not(self.rule(rule))));
        let excluded = any_of(rules.exclude.iter().map(|rule| self.rule(rule)));
        not(any_of([not(included), lacking, excluded].into_iter()))
    }
    /// The place of the Allow policy that lets the person in.
    fn lets_in(&self, policies: &[AccessPolicy]) -> Option<usize> {
        for (place, policy) in policies.iter().enumerate() {
            match (policy.decision, self.rules(&policy.rules)) {
                (PolicyAction::Allow, Some(true)) => return Some(place),
                (PolicyAction::Deny, None | Some(true)) => return None,
                _ => {}
            }
        }
        None
    }
}

/// A rule; groups from `nested` on may be named.
fn any_rule(nested: u32) -> impl Strategy<Value = Rule> {
    prop_oneof![
        10 => (0..POOL, 1u32..3).prop_map(|(n, of)| Rule::AzureGroup { id: group(n), identity_provider_id: idp(of) }),
        4 => (nested..=NESTED).prop_map(rule_group),
        1 => Just(geo("PT")),
        1 => Just(everyone()),
    ]
}
fn any_rules(nested: u32) -> impl Strategy<Value = RuleSet> {
    let list = |most| vec(any_rule(nested), 0..most);
    (list(4), list(3), list(3)).prop_map(|(include, require, exclude)| rules(include, require, exclude))
}
fn any_policies() -> impl Strategy<Value = Vec<AccessPolicy>> {
    let action = prop_oneof![6 => Just(PolicyAction::Allow), 1 => Just(PolicyAction::Deny)];
    vec((action, any_rules(0)), 1..60)
        .prop_map(|list| (1u32..).zip(list).map(|(n, (action, rules))| policy(n, "P", action, rules)).collect())
}
fn any_groups() -> impl Strategy<Value = BTreeMap<u32, RuleSet>> {
    (any_rules(1), any_rules(2), any_rules(3), any_rules(4), any_rules(5)).prop_map(|(a, b, c, d, e)| (0..).zip([a, b, c, d, e]).collect())
}
fn any_person() -> impl Strategy<Value = Identity> {
    let groups = subsequence((0..POOL).map(group).collect::<Vec<_>>(), 0..8);
    (groups, 1u32..3, 0..5).prop_map(|(groups, of, known)| {
        let person = Identity { idp: idp(of), ..person("mara", &groups) };
        let unknown = Groups::Unknown { reason: GroupsUnknown::GraphFailed, at: NOW };
        if known > 0 { person } else { Identity { groups: unknown, ..person } }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_verdict_is_that_of_the_plain_one(
        policies in any_policies(), groups in any_groups(), person in any_person(), country in 0usize..3,
    ) {
        let country = [None, Some("PT"), Some("SE")][country];
        let set = compile(&policies, &rule_groups(groups.clone()));
        let facts = signed_in(&person);
        let request = RequestFacts { country: country.map_or(Fact::Unknown, Fact::Known), ..facts.request };
        let outcome = evaluate(&set, &Facts { request, ..facts }).outcome;
        match (Plain { person: &person, country, groups }).lets_in(&policies) {
            Some(place) => prop_assert_eq!(outcome, Outcome::Allow { policy: policies[place].id }),
            None => prop_assert!(!outcome.is_open(), "{:?}", outcome),
        }
    }
}
