//! Which rules are about the person, and which are checked on every request: all of them, as upstream has it.

use std::collections::BTreeSet;

use model::access_policy::PolicyAction::Allow;
use policy::evaluate;
use serde_json::{Value, json};

use crate::cast::*;

/// Kind, its value, checked on every request, about the person.
fn table() -> Vec<(&'static str, Value, bool, bool)> {
    let (id, idp) = (uuid(1, 1).to_string(), entra().to_string());
    vec![
        ("email", json!({"email": "mara@harbourworks.example"}), false, true),
        ("email_list", json!({"id": list_id(1)}), false, true),
        ("email_domain", json!({"domain": "harbourworks.example"}), false, true),
        ("everyone", json!({}), false, false),
        ("ip", json!({"ip": "203.0.113.0/24"}), true, false),
        ("ip_list", json!({"id": list_id(2)}), true, false),
        ("geo", json!({"country_code": "PT"}), true, false),
        ("group", json!({"id": group_id(1)}), false, false),
        ("azureAD", json!({"id": id, "identity_provider_id": idp}), false, true),
        ("okta", json!({"name": "Ops", "identity_provider_id": idp}), false, true),
        ("gsuite", json!({"email": "ops@corp.example", "identity_provider_id": idp}), false, true),
        ("github-organization", json!({"name": "acme", "identity_provider_id": idp}), false, true),
        ("saml", json!({"attribute_name": "a", "attribute_value": "b", "identity_provider_id": idp}), false, true),
        ("oidc", json!({"claim_name": "team", "claim_value": "ops", "identity_provider_id": idp}), false, true),
        ("login_method", json!({"id": idp}), false, true),
        ("auth_method", json!({"auth_method": "mfa"}), false, true),
        ("auth_context", json!({"id": "1", "ac_id": "c1", "identity_provider_id": idp}), false, true),
        ("device_posture", json!({"integration_uid": "disk"}), true, false),
        ("certificate", json!({}), true, false),
        ("common_name", json!({"common_name": "agent-7"}), true, false),
        ("service_token", json!({"token_id": id}), true, false),
        ("any_valid_service_token", json!({}), true, false),
        ("linked_app_token", json!({"app_uid": id}), true, false),
        ("external_evaluation", json!({"evaluate_url": EVALUATE, "keys_url": KEYS}), false, true),
        ("user_risk_score", json!({"user_risk_score": ["low"]}), true, true),
        ("cloudflare_account_member", json!({"account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10"}), false, true),
    ]
}

#[test]
fn every_kind_of_rule_is_checked_when_upstream_checks_it() {
    let kinds: BTreeSet<_> = table().iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds.len(), 26);
    for (kind, value, each_request, about_person) in table() {
        let one = rule(json!({ kind: value }));
        assert_eq!(one.kind(), kind);
        assert_eq!(one.needs_identity(), about_person, "{kind} about the person");
        let groups = rule_groups([(1, rules(vec![everyone()], vec![], vec![]))]);
        let set = compile(&[policy(1, "One", Allow, rules(vec![one.clone()], vec![], vec![]))], &groups);
        assert_eq!(set.has_continuous_rules(), each_request, "{kind} on every request");
        // The same through a rule group.
        let nested = rule_groups([(1, rules(vec![everyone()], vec![], vec![])), (2, rules(vec![one], vec![], vec![]))]);
        let set = compile(&[policy(1, "One", Allow, rules(vec![rule_group(2)], vec![], vec![]))], &nested);
        assert_eq!(set.has_continuous_rules(), each_request, "{kind} in a rule group");
        assert!(!evaluate(&set, &visitor()).outcome.is_open(), "{kind} lets in nobody who did not sign in");
    }
}
