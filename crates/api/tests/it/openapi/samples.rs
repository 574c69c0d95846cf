//! Bodies beside those of the walk, so that each branch of the readers is walked through.

use serde_json::{Value, json};

const ID: &str = "86666835-06aa-4d90-8bbd-5a74ac4edf68";

/// One rule of each selector.
pub fn rules() -> Value {
    json!([
        { "everyone": {} },
        { "email": { "email": "mara@harbourworks.example" } },
        { "email_domain": { "domain": "harbourworks.example" } },
        { "email_list": { "id": ID } },
        { "ip": { "ip": "203.0.113.0/24" } },
        { "ip_list": { "id": ID } },
        { "geo": { "country_code": "PT" } },
        { "group": { "id": ID } },
        { "azureAD": { "id": ID, "identity_provider_id": ID } },
        { "login_method": { "id": ID } },
        { "auth_method": { "auth_method": "mfa" } },
        { "auth_context": { "id": ID, "ac_id": "c1", "identity_provider_id": ID } },
        { "oidc": { "claim_name": "team", "claim_value": "ops", "identity_provider_id": ID } },
        { "saml": { "attribute_name": "team", "attribute_value": "ops", "identity_provider_id": ID } },
        { "okta": { "name": "Pilots", "identity_provider_id": ID } },
        { "gsuite": { "email": "pilots@harbourworks.example", "identity_provider_id": ID } },
        { "github-organization": { "name": "harbour", "team": "pilots", "identity_provider_id": ID } },
        { "service_token": { "token_id": ID } },
        { "any_valid_service_token": {} },
        { "linked_app_token": { "app_uid": ID } },
        { "certificate": {} },
        { "common_name": { "common_name": "tug-7" } },
        { "device_posture": { "integration_uid": ID } },
        { "external_evaluation": { "evaluate_url": "https://judge.harbourworks.example/e", "keys_url": "https://judge.harbourworks.example/k" } },
        { "user_risk_score": { "user_risk_score": ["low"] } },
        { "cloudflare_account_member": { "account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10" } }
    ])
}

/// Operations (`~` is the account) with bodies. Whether they are accepted does not matter: what is asked for does.
pub fn all() -> Vec<(&'static str, &'static str, Value)> {
    let policy = json!({ "name": "p", "decision": "allow", "include": rules(), "exclude": rules(), "require": rules() });
    let app = json!({
        "name": "wiki", "type": "self_hosted", "destinations": [{ "type": "public", "uri": "wiki.localhost" }],
        "self_hosted_domains": ["wiki.localhost"], "policies": [policy, { "id": ID, "precedence": 1 }],
        "cors_headers": {}, "scim_config": {}, "footer_links": [{}], "landing_page_design": {}, "tags": ["x"], "allowed_idps": [ID], "custom_pages": [ID],
    });
    let entra = json!({ "name": "p", "type": "azureAD", "config": { "client_id": ID, "claims": ["x"] }, "scim_config": {} });
    let oidc = json!({ "name": "p", "type": "oidc", "config": { "scopes": ["x"], "claims": ["x"] }, "scim_config": {} });
    let organization = json!({ "login_design": {}, "custom_pages": {}, "mfa_config": {} });
    let upstream = json!({ "url": "http://127.0.0.1:1", "tls": {} });
    let mut all = vec![
        ("POST", "~/access/apps", app.clone()),
        ("PUT", "~/access/apps/{app_id}", app),
        ("POST", "~/access/identity_providers", entra.clone()),
        ("POST", "~/access/identity_providers", oidc.clone()),
        ("PUT", "~/access/identity_providers/{identity_provider_id}", entra),
        ("PUT", "~/access/identity_providers/{identity_provider_id}", oidc),
        ("PUT", "~/access/organizations", organization),
        ("PUT", "~/doorward/apps/{app_id}/upstream", upstream),
    ];
    for path in ["~/access/policies", "~/access/groups", "~/access/apps/{app_id}/policies"] {
        all.push(("POST", path, policy.clone()));
    }
    for path in ["~/access/policies/{policy_id}", "~/access/groups/{group_id}", "~/access/apps/{app_id}/policies/{policy_id}"] {
        all.push(("PUT", path, policy.clone()));
    }
    all
}
