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

/// What the samples refer to: each exists.
pub struct Known {
    pub app: String,
    pub idp: String,
    pub group: String,
    pub policy: String,
    pub integration: String,
    pub list: String,
    pub user: String,
}

/// Operations (`~` is the account) with bodies. Where one is refused, what was asked for counts all the same; the answers of the
/// others show members that the walk leaves at their defaults.
pub fn all(known: &Known) -> Vec<(&'static str, &'static str, Value)> {
    let policy = json!({ "name": "p", "decision": "allow", "include": rules(), "exclude": rules(), "require": rules() });
    let app = json!({
        "name": "wiki", "type": "self_hosted", "destinations": [{ "type": "public", "uri": "wiki.localhost" }],
        "self_hosted_domains": ["wiki.localhost"], "policies": [policy, { "id": ID, "precedence": 1 }],
        "cors_headers": { "allowed_origins": ["x"], "allowed_methods": ["x"], "allowed_headers": ["x"] }, "scim_config": {}, "footer_links": [{}], "landing_page_design": {}, "tags": ["x"], "allowed_idps": [ID], "custom_pages": [ID],
    });
    let bookmark = json!({ "type": "bookmark", "domain": "https://handbook.example", "tags": ["x"] });
    let launcher =
        json!({ "type": "app_launcher", "footer_links": [{ "name": "x", "url": "https://a.example" }], "landing_page_design": {} });
    let entra = json!({ "name": "p", "type": "azureAD", "config": { "client_id": ID, "claims": ["x"] }, "scim_config": {} });
    let oidc = json!({ "name": "p", "type": "oidc", "config": { "scopes": ["x"], "claims": ["x"] }, "scim_config": {} });
    let organization = json!({ "login_design": {}, "custom_pages": {}, "mfa_config": {}, "service_token_inactivity": {} });
    let upstream = json!({ "url": "http://127.0.0.1:1", "origins": ["http://127.0.0.1:2"], "tls": {}, "pool": {}, "health": {} });
    let mut all = whole(known);
    all.extend([
        ("POST", "~/access/apps", app.clone()),
        ("PUT", "~/access/apps/{app_id}", app),
        ("POST", "~/access/apps", bookmark.clone()),
        ("PUT", "~/access/apps/{app_id}", bookmark),
        ("POST", "~/access/apps", launcher.clone()),
        ("PUT", "~/access/apps/{app_id}", launcher),
        ("PUT", "~", json!({ "name": "x", "settings": {} })),
        ("POST", "~/access/identity_providers", entra.clone()),
        ("POST", "~/access/identity_providers", oidc.clone()),
        ("PUT", "~/access/identity_providers/{identity_provider_id}", entra),
        ("PUT", "~/access/identity_providers/{identity_provider_id}", oidc),
        ("PUT", "~/access/organizations", organization),
        ("PUT", "~/doorward/apps/{app_id}/upstream", upstream),
        ("PUT", "~/doorward/apps/{app_id}/streams", json!({ "token_expiry": "cut" })),
    ]);
    for path in ["~/access/policies", "~/access/groups", "~/access/apps/{app_id}/policies"] {
        all.push(("POST", path, policy.clone()));
    }
    for path in ["~/access/policies/{policy_id}", "~/access/groups/{group_id}", "~/access/apps/{app_id}/policies/{policy_id}"] {
        all.push(("PUT", path, policy.clone()));
    }
    all
}

/// Objects with every member that can be set, and reads of them.
fn whole(known: &Known) -> Vec<(&'static str, &'static str, Value)> {
    let logo = "https://static.harbourworks.example/logo.svg";
    let app = json!({
        "name": "berths", "type": "self_hosted", "domain": "berths.localhost", "logo_url": logo, "session_duration": "8h",
        "custom_deny_message": "Ask the harbour master.", "custom_deny_url": logo, "custom_non_identity_deny_url": logo,
        "same_site_cookie_attribute": "lax", "allowed_idps": [known.idp],
        "read_service_tokens_from_header": "X-Berth", "cors_headers": {
            "allowed_origins": ["https://charts.harbourworks.example"], "allowed_methods": ["GET"], "allowed_headers": ["x-berth"],
            "allow_credentials": true, "max_age": 60,
        },
    });
    let policy = json!({ "name": "q", "decision": "allow", "include": [{ "group": { "id": known.group } }], "session_duration": "2h" });
    let mut asking = policy.clone();
    asking["purpose_justification_required"] = json!(true);
    asking["purpose_justification_prompt"] = json!("Which berth?");
    let organization = json!({
        "login_design": { "background_color": "#fff", "text_color": "#000", "header_text": "Hi", "footer_text": "Bye", "logo_path": logo },
        "user_seat_expiration_inactive_time": "730h", "is_ui_read_only": true, "ui_read_only_toggle_reason": "By Terraform.",
        "service_token_inactivity": { "enabled": true, "action": "disable", "inactivity_threshold_days": 90 },
    });
    let secret = "q3H8Q~vX1ZsbLr0nE_harbour";
    let entra = json!({
        "client_id": ID, "client_secret": secret, "directory_id": ID, "support_groups": true, "conditional_access_enabled": true,
        "claims": ["x"], "email_claim_name": "mail", "prompt": "login", "pkce_enabled": true,
    });
    let oidc = json!({
        "client_id": "harbour", "client_secret": secret, "auth_url": "https://id.example.com/a", "token_url": "https://id.example.com/t",
        "certs_url": "https://id.example.com/k", "scopes": ["openid"], "claims": ["x"], "email_claim_name": "mail", "pkce_enabled": true,
    });
    let scim = json!({ "enabled": true, "user_deprovision": true, "seat_deprovision": true, "identity_update_behavior": "automatic" });
    vec![
        ("POST", "~/access/apps", app.clone()),
        ("POST", "~/access/policies", policy.clone()),
        ("POST", "~/access/policies", asking.clone()),
        ("PUT", "~/access/policies/{policy_id}", policy.clone()),
        ("POST", "~/access/apps/{app_id}/policies", policy.clone()),
        ("POST", "~/access/apps/{app_id}/policies", asking.clone()),
        ("PUT", "~/access/organizations", organization),
        ("GET", "~/access/organizations", Value::Null),
        ("POST", "~/access/identity_providers", json!({ "name": "e", "type": "azureAD", "config": entra, "scim_config": scim })),
        ("POST", "~/access/identity_providers", json!({ "name": "o", "type": "oidc", "config": oidc, "scim_config": scim })),
        ("POST", "~/access/service_tokens", json!({ "name": "t", "duration": "forever" })),
        (
            "POST",
            "~/access/apps",
            json!({ "name": "Tides", "type": "bookmark", "domain": "https://tides.harbourworks.example", "logo_url": logo }),
        ),
        ("POST", "~/access/apps", json!({ "name": "Charts", "type": "bookmark", "domain": "https://charts.harbourworks.example" })),
        ("GET", "~/access/bookmarks", Value::Null),
        ("GET", "~/gateway/lists/{list_id}/items", Value::Null),
        ("GET", "~/doorward/users", Value::Null),
        ("GET", "~/doorward/users/{user_id}", Value::Null),
        ("POST", "~/access/apps", launcher(logo)),
        ("POST", "~/access/custom_pages", json!({ "name": "Bare", "type": "forbidden", "custom_html": "<p>Ahoy</p>" })),
        ("POST", "~/gateway/lists", json!({ "name": "Bare", "type": "EMAIL", "items": [{ "value": "mara@harbourworks.example" }] })),
        ("POST", "~/access/apps", quiet("creek", &json!([policy, asking]))),
    ]
    .into_iter()
    .chain(own(known))
    .collect()
}

/// An application whose objects have few members.
fn quiet(name: &str, policies: &Value) -> Value {
    let cors = json!({ "allow_all_origins": true, "allow_all_methods": true, "allow_all_headers": true });
    json!({ "name": name, "type": "self_hosted", "domain": format!("{name}.localhost"), "cors_headers": cors, "policies": policies })
}

fn launcher(logo: &str) -> Value {
    let page = json!({ "title": "Hi", "message": "Ahoy", "image_url": logo, "button_color": "#fff", "button_text_color": "#000" });
    json!({
        "type": "app_launcher", "app_launcher_logo_url": logo, "bg_color": "#fff", "header_bg_color": "#000", "landing_page_design": page,
        "footer_links": [{ "name": "Tides", "url": logo }], "skip_app_launcher_login_page": true, "custom_deny_url": logo,
        "custom_non_identity_deny_url": logo,
    })
}

/// Settings of doorward's own.
fn own(known: &Known) -> Vec<(&'static str, &'static str, Value)> {
    let scim = "~/doorward/identity_providers/{identity_provider_id}/scim";
    let cloud = "~/doorward/identity_providers/{identity_provider_id}/cloud";
    let credentials = "~/doorward/identity_providers/{identity_provider_id}/credentials";
    let options = "~/doorward/identity_providers/{identity_provider_id}/options";
    let tenants = json!({ "authority": "organizations", "allowed": [ID] });
    let liveness = json!({ "interval_seconds": 300, "grace_seconds": 600 });
    let tls = json!({ "no_tls_verify": true, "server_name": "berths.internal", "ca_pool": "-----BEGIN CERTIFICATE-----" });
    let token = json!({
        "name": "t", "permissions": ["Access: Apps and Policies Read"], "not_before": "2026-01-01T00:00:00Z", "expires_on": "2027-01-01T00:00:00Z",
        "resources": { "apps": [known.app] }, "condition": { "request_ip": { "in": ["203.0.113.0/24"], "not_in": ["203.0.113.7/32"] } },
    });
    let group = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, b"Access: Apps and Policies Read").simple().to_string();
    let of_app = format!("com.doorward.app.{}", known.app);
    let account_token = json!({
        "name": "t", "not_before": "2026-01-01T00:00:00Z", "expires_on": "2027-01-01T00:00:00Z", "condition": token["condition"],
        "policies": [{ "effect": "allow", "permission_groups": [{ "id": group }], "resources": { of_app: "*" } }],
    });
    let input = json!({ "connection_id": known.integration, "compliance_status": "compliant" });
    let rule = json!({ "name": "r", "type": "intune", "description": "d", "schedule": "5m", "expiration": "1h", "match": [{ "platform": "windows" }], "input": input });
    vec![
        ("PUT", options, json!({ "tenants": tenants, "liveness": liveness, "secret_ends_at": "2027-01-01T00:00:00Z", "read_risk": true })),
        ("GET", options, Value::Null),
        ("GET", scim, Value::Null),
        ("PUT", scim, json!({ "guard": {}, "expand_nested_secs": 86400 })),
        ("GET", scim, Value::Null),
        (
            "PUT",
            cloud,
            json!({ "login_url": "https://login.example.com", "graph_url": "https://graph.example.com", "client_secret": "x~y" }),
        ),
        ("GET", cloud, Value::Null),
        ("PUT", cloud, json!({ "client_secret": "x~y" })),
        ("PUT", credentials, json!({ "method": "certificate", "certificate_pem": "x", "private_key_pem": "x" })),
        ("PUT", credentials, json!({ "method": "federated", "token": "x" })),
        ("PUT", "~/doorward/organization/options", json!({ "seat_limit": 100 })),
        ("GET", "~/doorward/organization/options", Value::Null),
        (
            "PUT",
            "~/doorward/apps/{app_id}/upstream",
            json!({ "url": "https://127.0.0.1:1", "origins": ["https://127.0.0.1:2"], "host_header": "berths", "tls": tls, "idle_timeout_ms": 60_000, "body_limit_bytes": 1_000_000, "pool": { "max_connections": 100 } }),
        ),
        ("GET", "~/doorward/apps/{app_id}/upstream", Value::Null),
        ("PUT", "~/doorward/apps/{app_id}/streams", json!({ "token_expiry": "keep" })),
        ("GET", "~/doorward/apps/{app_id}/streams", Value::Null),
        ("POST", "~/doorward/api_tokens", token),
        ("POST", "~/tokens", account_token),
        ("GET", "~/tokens", Value::Null),
        ("GET", "~/doorward/api_tokens", Value::Null),
        ("POST", "~/devices/posture", rule),
    ]
}
