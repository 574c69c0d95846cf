//! The serialised form of an explanation.

use model::{
    access_policy::PolicyAction,
    identity::{GroupSource, Groups, Identity},
};
use policy::explain;
use serde_json::json;

use crate::cast::*;

#[test]
fn an_explanation_tells_kinds_reasons_and_ages_and_no_values() {
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
            "include": [{"kind": "azureAD", "verdict": "false", "reason": "differs",
                "fact": {"class": "groups", "source": "graph", "age_seconds": 42}}],
            "require": [{"kind": "geo", "verdict": "true", "reason": "matches",
                "fact": {"class": "country", "source": "request"}}],
            "exclude": [],
        })
    );
    assert_eq!(text["policies"][1]["include"][0]["group"]["name"], "Group 1");
    let asked: Vec<_> = said.policies.iter().map(|p| p.asked).collect();
    assert_eq!(asked, [true, true, true, false]);
    let text = text.to_string().to_lowercase();
    for value in ["harbourworks", "ilo@", "203.0.113", &pilots().to_string()] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}
