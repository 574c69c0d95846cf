//! The serialised form of an explanation.

use model::{
    ObjectId,
    access_policy::PolicyAction,
    identity::{DirectoryGroup, GroupSource, Groups, Identity},
};
use policy::explain;
use serde_json::json;

use crate::cast::*;

#[test]
fn an_explanation_tells_rules_reasons_facts_and_ages() {
    let mara = Identity { groups: Groups::known(vec![], GroupSource::Graph, NOW.plus_secs(-42)), ..person("mara", &[]) };
    let groups = rule_groups([(1, rules(vec![email("ilo@harbourworks.example")], vec![], vec![]))]);
    let policies = [
        policy(1, "Pilots", PolicyAction::Allow, rules(vec![azure(pilots())], vec![geo("PT")], vec![])),
        policy(2, "Ilo", PolicyAction::Allow, rules(vec![rule_group(1)], vec![], vec![])),
        policy(3, "Harbour", PolicyAction::Allow, rules(vec![domain("harbourworks.example")], vec![], vec![])),
        policy(4, "Late", PolicyAction::Deny, rules(vec![everyone()], vec![], vec![])),
    ];
    let said = explain(&compile(&policies, &groups), &signed_in(&mara));
    let text = serde_json::to_value(&said).unwrap();
    assert_eq!(text["conclusion"], json!({"outcome": "allow", "policy": policy_id(3), "denial": null}));
    assert_eq!(
        text["policies"][0],
        json!({
            "id": policy_id(1), "name": "Pilots", "action": "allow", "verdict": "not-matched", "asked": true,
            "include": [{"kind": "azureAD", "rule": {"azureAD": {"id": pilots(), "identity_provider_id": entra()}},
                "verdict": "false", "reason": "differs",
                "fact": {"class": "groups", "source": "graph", "age_seconds": 42, "value": "no group"}}],
            "require": [{"kind": "geo", "rule": {"geo": {"country_code": "PT"}}, "verdict": "true", "reason": "matches",
                "fact": {"class": "country", "source": "request", "value": "PT"}}],
            "exclude": [],
        })
    );
    assert_eq!(text["policies"][1]["include"][0]["group"]["name"], "Group 1");
    let asked: Vec<_> = said.policies.iter().map(|p| p.asked).collect();
    assert_eq!(asked, [true, true, true, false]);
    let inside = &text["policies"][1]["include"][0]["group"]["include"][0];
    assert_eq!(inside["fact"]["value"], "mara@HarbourWorks.example");
    assert_eq!(inside["rule"]["email"]["email"], "ilo@harbourworks.example");
}

#[test]
fn a_value_is_short_and_does_not_command_a_terminal() {
    let named = |n: u32| DirectoryGroup { id: ObjectId::new(uuid(7, n)), name: Some(format!("Crew {n}\u{1b}[2J {}", "x".repeat(80))) };
    let groups = Groups::known((0..2_000).map(named).collect(), GroupSource::Graph, NOW);
    let mara = Identity { groups, ..person("mara", &[]) };
    let policies = [policy(1, "Pilots", PolicyAction::Allow, rules(vec![azure(pilots())], vec![], vec![]))];
    let said = explain(&compile(&policies, &rule_groups([])), &signed_in(&mara));
    let value = said.policies[0].lists.include[0].fact.as_ref().unwrap().value.clone().unwrap();
    assert!(value.starts_with("2000 groups: Crew 0\u{fffd}") && value.chars().count() <= 257 && !value.contains('\u{1b}'), "{value}");
}
