//! The list of kinds is the model's.

use model::rule::Rule;
use pages::{Language, kind_in_words, text::KINDS};
use serde_json::{Value, json};

const ID: &str = "86666835-06aa-4d90-8bbd-5a74ac4edf68";

/// A value that the model accepts for the kind.
fn example(kind: &str) -> Value {
    match kind {
        "email" => json!({"email": "mara@harbourworks.example"}),
        "email_domain" => json!({"domain": "harbourworks.example"}),
        "ip" => json!({"ip": "203.0.113.0/24"}),
        "geo" => json!({"country_code": "PT"}),
        "email_list" | "ip_list" | "group" | "login_method" => json!({"id": ID}),
        "azureAD" => json!({"id": ID, "identity_provider_id": ID}),
        "auth_method" => json!({"auth_method": "mfa"}),
        "auth_context" => json!({"id": ID, "ac_id": "c1", "identity_provider_id": ID}),
        "oidc" => json!({"claim_name": "team", "claim_value": "ops", "identity_provider_id": ID}),
        "saml" => json!({"attribute_name": "team", "attribute_value": "ops", "identity_provider_id": ID}),
        "okta" | "github-organization" => json!({"name": "ops", "identity_provider_id": ID}),
        "gsuite" => json!({"email": "ops@harbourworks.example", "identity_provider_id": ID}),
        "service_token" => json!({"token_id": ID}),
        "linked_app_token" => json!({"app_uid": ID}),
        "common_name" => json!({"common_name": "agent-7"}),
        "device_posture" => json!({"integration_uid": ID}),
        "external_evaluation" => json!({"evaluate_url": "https://a.example", "keys_url": "https://a.example"}),
        "user_risk_score" => json!({"user_risk_score": ["low"]}),
        "cloudflare_account_member" => json!({"account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10"}),
        _ => json!({}),
    }
}

#[test]
fn every_kind_of_rule_is_one_that_the_model_knows() {
    for kind in KINDS {
        let mut rule = serde_json::Map::new();
        rule.insert(kind.to_owned(), example(kind));
        let rule: Rule = serde_json::from_value(Value::Object(rule)).unwrap();
        assert_eq!(rule.kind(), kind);
        assert_ne!(kind_in_words(rule.kind(), Language::English), kind_in_words("?", Language::English));
    }
}
