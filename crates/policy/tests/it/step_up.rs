//! When a step-up is offered, for what, and what a first sign-in asks for already.

use model::{
    access_policy::{
        AccessPolicy,
        PolicyAction::{Allow, Deny},
    },
    identity::Identity,
    rule::{Rule, RuleSet},
};
use policy::{Facts, Outcome, contexts_to_ask, evaluate, explain};
use serde_json::json;

use crate::cast::*;

/// The contexts that a step-up asks for, and the number of the policy it is for; `None` when none is offered.
fn asked(policies: &[AccessPolicy], groups: &RuleGroups, identity: &Identity) -> Option<(Vec<String>, u32)> {
    match evaluate(&compile(policies, groups), &signed_in(identity)).outcome {
        Outcome::StepUp(step_up) => {
            let number = (1..9).find(|n| policy_id(*n) == step_up.policy).unwrap();
            Some((step_up.contexts.iter().map(|id| id.to_string()).collect(), number))
        }
        _ => None,
    }
}
fn with(include: Vec<Rule>, require: Vec<Rule>, exclude: Vec<Rule>) -> RuleSet {
    rules(include, require, exclude)
}
fn only(rule: Rule) -> RuleSet {
    rules(vec![rule], vec![], vec![])
}

#[test]
fn a_person_who_lacks_only_contexts_is_asked_for_the_fewest_of_the_first_policy() {
    let mara = person("mara", &[pilots()]);
    let allow = |n, rules| policy(n, "P", Allow, rules);
    let pilots = || vec![azure(pilots())];
    let one = |ids: &[&str], n| Some((ids.iter().map(|id| (*id).to_owned()).collect(), n));
    for (policies, expected) in [
        (vec![allow(1, with(pilots(), vec![context("c1")], vec![]))], one(&["c1"], 1)),
        (vec![allow(1, with(pilots(), vec![context("c2"), context("c1")], vec![]))], one(&["c1", "c2"], 1)),
        (vec![allow(1, with(vec![context("c2"), context("c3")], vec![], vec![]))], one(&["c2"], 1)),
        (vec![allow(1, with(pilots(), vec![context("c1")], vec![])), allow(2, only(context("c2")))], one(&["c1"], 1)),
        // Pilots are not dock crew: the first policy is closed to Mara whatever is granted.
        (vec![allow(1, with(vec![azure(dock_crew())], vec![context("c1")], vec![])), allow(2, only(context("c2")))], one(&["c2"], 2)),
        // What is granted anyway needs no question.
        (vec![allow(1, only(context("c1"))), allow(2, with(pilots(), vec![], vec![]))], None),
        // Another provider's contexts, an unknown beside the context, a context that excludes.
        (vec![allow(1, with(pilots(), vec![context_of("c1", idp(2))], vec![]))], None),
        (vec![allow(1, with(pilots(), vec![context("c1"), posture()], vec![]))], None),
        (vec![allow(1, with(pilots(), vec![context("c1")], vec![context("c2")]))], None),
        (vec![allow(1, with(pilots(), vec![], vec![context("c1")]))], None),
        (vec![allow(1, only(context("c0")))], None),
    ] {
        let shown = format!("{:?}", policies.iter().map(|p| &p.rules).collect::<Vec<_>>());
        assert_eq!(asked(&policies, &RuleGroups::new(), &mara), expected, "{shown}");
    }
}

#[test]
fn a_block_is_passed_by_a_context_only_when_the_context_is_its_exception() {
    let mara = person("mara", &[pilots()]);
    let open = || policy(2, "Key holders", Allow, only(context("c1")));
    for (block, expected) in [
        (only(everyone()), None),
        (only(azure(pilots())), None),
        (only(posture()), None),
        (only(azure(dock_crew())), Some((vec!["c1".to_owned()], 2))),
        (with(vec![everyone()], vec![], vec![context("c1")]), Some((vec!["c1".to_owned()], 2))),
        (with(vec![everyone()], vec![], vec![context("c7")]), Some((vec!["c1".to_owned(), "c7".to_owned()], 2))),
        (only(context("c1")), None),
    ] {
        let shown = format!("{block:?}");
        let policies = [policy(1, "Block", Deny, block), open()];
        assert_eq!(asked(&policies, &RuleGroups::new(), &mara), expected, "{shown}");
    }
}

#[test]
fn what_was_asked_for_and_not_granted_is_not_asked_for_again() {
    let mara = person("mara", &[pilots()]);
    let both = [policy(1, "Two keys", Allow, with(vec![everyone()], vec![context("c1"), context("c2")], vec![]))];
    let none = RuleGroups::new();
    assert_eq!(asked(&both, &none, &stepped_up(&mara, &["c1"], &["c1"])), Some((vec!["c2".to_owned()], 1)));
    assert_eq!(asked(&both, &none, &stepped_up(&mara, &["c1"], &[])), None);
    assert_eq!(asked(&both, &none, &stepped_up(&mara, &["c1", "c2"], &["c1"])), None);
    let done = stepped_up(&mara, &["c2"], &["c2", "c1"]);
    assert!(evaluate(&compile(&both, &none), &signed_in(&done)).outcome.is_open());
}

#[test]
fn contexts_inside_rule_groups_are_asked_for_too() {
    let groups = rule_groups([(1, only(rule_group(2))), (2, only(context("c4")))]);
    let one = [policy(1, "One", Allow, with(vec![everyone()], vec![rule_group(1)], vec![]))];
    assert_eq!(asked(&one, &groups, &person("mara", &[])), Some((vec!["c4".to_owned()], 1)));
}

#[test]
fn a_step_up_is_explained_with_its_contexts_and_the_age_of_those_held() {
    let mara = stepped_up(&person("mara", &[]), &["c1"], &["c1"]);
    let both = [policy(1, "Two keys", Allow, with(vec![everyone()], vec![context("c1"), context("c2")], vec![]))];
    let said = serde_json::to_value(explain(&compile(&both, &RuleGroups::new()), &signed_in(&mara))).unwrap();
    assert_eq!(
        said["conclusion"],
        json!({"outcome": "step-up", "policy": policy_id(1), "denial": null,
            "step_up": {"identity_provider_id": entra(), "policy": policy_id(1), "contexts": ["c2"]}})
    );
    let required = &said["policies"][0]["require"];
    assert_eq!(required[0]["fact"], json!({"class": "authentication-context", "source": "token", "age_seconds": 30, "value": "c1"}));
    assert_eq!(required[1]["reason"], "authentication-context-not-asked");
    assert_eq!(required[1]["fact"]["source"], "none");
}

#[test]
fn a_first_sign_in_asks_for_what_every_way_in_through_its_provider_needs() {
    let allow = |n, rules| policy(n, "P", Allow, rules);
    let key = |n| allow(n, with(vec![azure(pilots())], vec![context("c1")], vec![]));
    let elsewhere = |n| allow(n, only(Rule::LoginMethod { id: idp(2) }));
    let ask = |policies: &[AccessPolicy], through| {
        let facts: Facts<'_> = visitor();
        let asked = contexts_to_ask(&compile(policies, &RuleGroups::new()), &facts.request, &idp(through));
        asked.iter().map(|id| id.to_string()).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(ask(&[key(1)], 1), ["c1"]);
    assert_eq!(ask(&[key(1)], 2), none, "another provider does not know the context");
    assert_eq!(ask(&[key(1), elsewhere(2)], 1), ["c1"], "the other way in is through another provider");
    assert_eq!(ask(&[key(1), elsewhere(2)], 2), none);
    assert_eq!(ask(&[key(1), allow(2, only(email("mara@harbourworks.example")))], 1), none, "it depends on who comes");
    assert_eq!(ask(&[allow(1, with(vec![everyone()], vec![context("c1"), context("c2")], vec![]))], 1), ["c1", "c2"]);
    assert_eq!(ask(&[allow(1, with(vec![context("c1"), context("c2")], vec![], vec![]))], 1), none, "either would do");
    assert_eq!(ask(&[allow(1, with(vec![everyone()], vec![context("c1"), posture()], vec![]))], 1), none, "hopeless anyway");
    assert_eq!(ask(&[allow(1, with(vec![everyone()], vec![], vec![context("c1")]))], 1), none, "to hold it would shut out");
    let block = policy(1, "No key", Deny, with(vec![everyone()], vec![], vec![context("c3")]));
    assert_eq!(ask(&[block, allow(2, only(everyone()))], 1), ["c3"]);
}
