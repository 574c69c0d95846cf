//! What can be written, how each thing comes to be, and what its bodies need. A new resource is one entry here.

use serde_json::{Value, json};

use super::known::Known;

/// One kind of thing.
pub struct Resource {
    /// Where it is read and written: a path pattern with `~` for the account.
    pub item: &'static str,
    /// Where it is made; `None` for what is always there.
    pub made_at: Option<&'static str>,
    /// Gives members the values that a body of its kind must have, and takes away what contradicts them. The number differs with
    /// every body.
    pub mend: fn(&Known, &mut Value, u32),
    /// Members without which there is no such thing.
    pub needed: &'static [&'static str],
    /// Members that are shown otherwise than they are sent, with the reason.
    pub shown_otherwise: &'static [&'static str],
    /// Members of which no two things of the kind may have the same.
    pub unique: &'static [&'static str],
    /// There can be one of it only.
    pub single: bool,
}

const PLAIN: Resource =
    Resource { item: "", made_at: None, mend: |_, _, _| {}, needed: &[], shown_otherwise: &[], unique: &[], single: false };

/// Operations that write something that can be read, and are none of the table's; each with the reason.
pub const NOT_HERE: [(&str, &str); 5] = [
    ("PUT ~/access/certificates/settings", "its body carries the list that it answers with; a test of its own sends that back"),
    ("PUT ~/access/bookmarks/{bookmark_id}", "the older address of applications of type bookmark, which have an entry"),
    ("PUT ~/access/apps/{app_id}/settings", "two members of the application, which has an entry; has no GET of its own"),
    ("PUT ~/doorward/api_tokens/{token_id}/value", "gives a token a new value; the token has an entry"),
    ("PUT ~/access/apps/{app_id}/policies/{policy_id}/make_reusable", "moves a policy; has no GET of its own"),
];

/// All of them.
pub fn all() -> Vec<Resource> {
    let mut all = of_access();
    all.extend(named_by_rules());
    all.extend(of_devices());
    all.extend(own());
    all
}

fn everyone(body: &mut Value) {
    if body["include"].as_array().is_none_or(Vec::is_empty) {
        body["include"] = json!([{ "everyone": {} }]);
    }
}

fn of_access() -> Vec<Resource> {
    vec![
        Resource {
            item: "~/access/groups/{group_id}",
            made_at: Some("~/access/groups"),
            mend: |_, body, _| everyone(body),
            needed: &["name", "include"],
            // Told only when it is set: the contract's result type for it is not a boolean.
            shown_otherwise: &["is_default"],
            ..PLAIN
        },
        Resource {
            item: "~/access/policies/{policy_id}",
            made_at: Some("~/access/policies"),
            mend: |_, body, _| everyone(body),
            needed: &["name", "include", "decision"],
            ..PLAIN
        },
        Resource {
            item: "~/access/apps/{app_id}/policies/{policy_id}",
            made_at: Some("~/access/apps/{app_id}/policies"),
            mend: |_, body, number| {
                everyone(body);
                body["precedence"] = json!(number + 1);
            },
            needed: &["name", "include", "decision"],
            unique: &["precedence"],
            ..PLAIN
        },
        app("self_hosted"),
        app("bookmark"),
        app("app_launcher"),
        provider("azureAD"),
        provider("oidc"),
        Resource {
            item: "~/access/service_tokens/{service_token_id}",
            made_at: Some("~/access/service_tokens"),
            mend: |_, body, number| {
                body["name"] = json!(format!("token {number}"));
                if !body["client_secret_version"].is_null() {
                    body["client_secret_version"] = json!(1);
                }
            },
            needed: &["name"],
            // Counts for the secret of before, of which a new token has none.
            shown_otherwise: &["previous_client_secret_expires_at"],
            ..PLAIN
        },
        Resource {
            item: "~/access/users/{user_id}",
            made_at: Some("~/access/users"),
            mend: |_, body, number| body["email"] = json!(format!("sailor-{number}@harbourworks.example")),
            needed: &["email"],
            unique: &["email"],
            ..PLAIN
        },
        Resource {
            item: "~/access/organizations",
            mend: |_, body, number| {
                if body["service_token_inactivity"].is_object() {
                    let days = 30 + number % 300;
                    body["service_token_inactivity"] = json!({ "enabled": true, "action": "disable", "inactivity_threshold_days": days });
                }
            },
            ..PLAIN
        },
        Resource { item: "~/access/keys", ..PLAIN },
        Resource {
            item: "~/access/tags/{tag_name}",
            made_at: Some("~/access/tags"),
            mend: |_, body, number| body["name"] = json!(format!("tag {number}")),
            needed: &["name"],
            unique: &["name"],
            ..PLAIN
        },
        Resource {
            item: "~",
            mend: |known, body, number| {
                only(body, &["name", "settings"]);
                body["id"] = json!(known.account);
                body["type"] = json!("standard");
                body["name"] = json!(format!("Harbour Works {number}"));
            },
            needed: &["id", "type", "name"],
            ..PLAIN
        },
    ]
}

/// Members of an App Launcher.
const OF_LAUNCHER: [&str; 13] = [
    "type",
    "session_duration",
    "allowed_idps",
    "auto_redirect_to_identity",
    "custom_deny_url",
    "custom_non_identity_deny_url",
    "app_launcher_logo_url",
    "bg_color",
    "header_bg_color",
    "footer_links",
    "landing_page_design",
    "skip_app_launcher_login_page",
    "policies",
];

/// Takes away what belongs to other types.
fn only(body: &mut Value, keys: &[&str]) {
    body.as_object_mut().unwrap().retain(|key, _| keys.contains(&key.as_str()));
}

fn app(kind: &'static str) -> Resource {
    let mend: fn(&Known, &mut Value, u32) = match kind {
        "self_hosted" => |_, body, number| {
            body["type"] = json!("self_hosted");
            body["domain"] = json!(format!("app-{number}.localhost/x"));
            let (first, second) = (format!("app-{number}.localhost/x"), format!("*.also-{number}.localhost"));
            let members = body.as_object_mut().unwrap();
            members.retain(|key, _| !matches!(key.as_str(), "self_hosted_domains" | "destinations"));
            // Three spellings of one thing.
            match number % 3 {
                0 => drop(members.insert("self_hosted_domains".into(), json!([first, second]))),
                1 => drop(
                    members.insert("destinations".into(), json!([{ "type": "public", "uri": first }, { "type": "public", "uri": second }])),
                ),
                _ => {}
            }
            ordered(body);
        },
        "bookmark" => |_, body, number| {
            body["type"] = json!("bookmark");
            only(body, &["type", "name", "logo_url", "app_launcher_visible", "tags", "policies"]);
            body["domain"] = json!(format!("https://mark-{number}.harbourworks.example/x"));
            ordered(body);
        },
        _ => |_, body, _| {
            body["type"] = json!("app_launcher");
            only(body, &OF_LAUNCHER);
            ordered(body);
        },
    };
    Resource {
        item: "~/access/apps/{app_id}",
        made_at: Some("~/access/apps"),
        mend,
        needed: &["type", "domain"],
        // Policies come back in full, with their ids. The cookie is always set: to say so changes nothing.
        shown_otherwise: &["policies", "eager_redirect_cookie_setting"],
        unique: &["domain", "self_hosted_domains", "destinations"],
        single: kind == "app_launcher",
    }
}

/// Gives the policies of an application rules and places of their own, and names each tag once.
fn ordered(body: &mut Value) {
    if let Some(tags) = body["tags"].as_array_mut() {
        let mut seen = Vec::new();
        tags.retain(|tag| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
    }
    for (place, policy) in body["policies"].as_array_mut().into_iter().flatten().enumerate() {
        if policy.is_object() {
            policy.as_object_mut().unwrap().shift_remove("id");
            policy["precedence"] = json!(place + 1);
            everyone(policy);
        }
    }
    if let Some(policies) = body["policies"].as_array_mut() {
        policies.retain(Value::is_object);
    }
}

fn provider(kind: &'static str) -> Resource {
    let mend: fn(&Known, &mut Value, u32) = match kind {
        "azureAD" => |_, body, _| {
            body["type"] = json!("azureAD");
            body["config"]["directory_id"] = json!("9d1f3a52-7c9e-4d3a-8b7d-5d2f7f0a3e64");
            body["config"]["client_secret"] = json!("q3H8Q~vX1ZsbLr0nE_harbour");
        },
        _ => |_, body, _| {
            body["type"] = json!("oidc");
            if let Some(config) = body["config"].as_object_mut() {
                config.shift_remove("directory_id");
            }
            body["config"]["client_secret"] = json!("q3H8Q~vX1ZsbLr0nE_harbour");
            for key in ["auth_url", "token_url", "certs_url"] {
                body["config"][key] = json!(format!("https://id.example.com/{key}"));
            }
        },
    };
    Resource {
        item: "~/access/identity_providers/{identity_provider_id}",
        made_at: Some("~/access/identity_providers"),
        mend,
        needed: &["type", "name", "config", "client_id", "directory_id", "client_secret"],
        // Secrets are not shown; the answer has read-only members within.
        shown_otherwise: &["config", "scim_config"],
        ..PLAIN
    }
}

/// What rules and applications name.
fn named_by_rules() -> Vec<Resource> {
    vec![
        Resource {
            item: "~/gateway/lists/{list_id}",
            made_at: Some("~/gateway/lists"),
            mend: |_, body, number| {
                body["type"] = json!("EMAIL");
                body["name"] = json!(format!("list {number}"));
                if body["items"].is_array() {
                    let items = ["tessa", "bram", "ilo"].map(|name| json!({ "value": format!("{name}@harbourworks.example") }));
                    body["items"] = json!(items);
                }
            },
            needed: &["type", "name"],
            // Elements come back with the time they were put in.
            shown_otherwise: &["items"],
            unique: &["name"],
            ..PLAIN
        },
        Resource {
            item: "~/access/custom_pages/{custom_page_id}",
            made_at: Some("~/access/custom_pages"),
            mend: |_, body, number| {
                body["type"] = json!("forbidden");
                body["name"] = json!(format!("page {number}"));
                body["custom_html"] = json!(format!("<html><body>Ahoy {number}</body></html>"));
            },
            needed: &["type", "name", "custom_html"],
            unique: &["name"],
            ..PLAIN
        },
        Resource {
            item: "~/access/certificates/{certificate_id}",
            made_at: Some("~/access/certificates"),
            mend: |_, body, number| {
                body["name"] = json!(format!("authority {number}"));
                body["certificate"] = json!(crate::certificates::authority().0);
                body["associated_hostnames"] = json!([format!("zone-{number}.localhost"), format!("also-{number}.localhost")]);
            },
            needed: &["name", "certificate"],
            // Only its fingerprint is shown.
            shown_otherwise: &["certificate"],
            unique: &["name", "certificate", "associated_hostnames"],
            ..PLAIN
        },
        Resource { item: "~/access/organizations/doh", ..PLAIN },
    ]
}

fn of_devices() -> Vec<Resource> {
    vec![
        Resource {
            item: "~/devices/posture/{rule_id}",
            made_at: Some("~/devices/posture"),
            mend: |known, body, number| {
                body["name"] = json!(format!("rule {number}"));
                body["type"] = json!("intune");
                body["input"] = json!({ "connection_id": known.integration, "compliance_status": "compliant" });
            },
            needed: &["name", "type", "input"],
            ..PLAIN
        },
        Resource {
            item: "~/devices/posture/integration/{integration_id}",
            made_at: Some("~/devices/posture/integration"),
            mend: |_, body, number| {
                body["name"] = json!(format!("Intune {number}"));
                body["type"] = json!("intune");
                body["interval"] = json!("10m");
                body["config"] = json!({
                    "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "x~y", "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10",
                });
            },
            needed: &["name", "type", "interval", "config"],
            shown_otherwise: &["config"],
            ..PLAIN
        },
    ]
}

fn own() -> Vec<Resource> {
    let mut all = vec![
        Resource {
            item: "~/doorward/identity_providers/{identity_provider_id}/cloud",
            mend: |_, body, number| {
                *body = json!({ "client_secret": "x~y" });
                if number % 2 == 0 {
                    body["login_url"] = json!(format!("https://login-{number}.example.com"));
                    body["graph_url"] = json!(format!("https://graph-{number}.example.com"));
                }
            },
            shown_otherwise: &["client_secret"],
            ..PLAIN
        },
        Resource {
            item: "~/doorward/identity_providers/{identity_provider_id}/credentials",
            mend: |_, body, _| {
                let second = body["second_client_secret"].take();
                *body = json!({ "method": "secret", "client_secret": "x~y", "second_client_secret": second });
            },
            shown_otherwise: &["client_secret", "second_client_secret"],
            ..PLAIN
        },
    ];
    all.push(Resource {
        item: "~/doorward/identity_providers/{identity_provider_id}/options",
        mend: |_, body, number| {
            if !body["tenants"].is_null() {
                body["tenants"] = json!({ "authority": "organizations", "allowed": ["86666835-06aa-4d90-8bbd-5a74ac4edf68"] });
            }
            if !body["liveness"].is_null() {
                body["liveness"] = json!({ "interval_seconds": 300 + number, "grace_seconds": 600 });
            }
        },
        ..PLAIN
    });
    all.push(Resource { item: "~/doorward/identity_providers/{identity_provider_id}/scim", ..PLAIN });
    all.push(Resource {
        item: "~/doorward/organization/options",
        mend: |_, body, _| {
            if body.get("seat_limit").is_none() {
                body["seat_limit"] = Value::Null;
            }
        },
        needed: &["seat_limit"],
        ..PLAIN
    });
    all.push(Resource { item: "~/doorward/apps/{app_id}/streams", needed: &["token_expiry"], ..PLAIN });
    all.push(Resource {
        item: "~/doorward/console",
        mend: |known, body, number| {
            let people = json!({ "include": [{ "email": { "email": format!("pilot{number}@harbourworks.example") } }], "exclude": [], "require": [] });
            *body = json!({ "administrators": people, "readers": if number % 2 == 0 { people.clone() } else { Value::Null }, "allowed_idps": [known.idp] });
        },
        needed: &["administrators", "allowed_idps"],
        ..PLAIN
    });
    all.push(Resource {
        item: "~/doorward/alerts",
        mend: |_, body, number| {
            let mail_to = json!([format!("pilot{number}@harbourworks.example")]);
            *body = json!({ "webhook_url": format!("https://alerts.harbourworks.example/{number}"), "mail_to": mail_to });
        },
        // Its path may be what lets callers in.
        shown_otherwise: &["webhook_url"],
        ..PLAIN
    });
    all.push(Resource {
        item: "~/doorward/apps/{app_id}/upstream",
        mend: |_, body, number| {
            body["url"] = json!(format!("http://127.0.0.1:{}", 1000 + number));
            if body.get("origins").is_some() {
                body["origins"] = json!([format!("http://127.0.0.2:{}", 1000 + number)]);
            }
            if body["tls"].is_object() {
                body["tls"].as_object_mut().unwrap().shift_remove("ca_pool");
            }
        },
        needed: &["url"],
        shown_otherwise: &["tls", "pool", "health"],
        ..PLAIN
    });
    all.push(Resource {
        item: "~/doorward/api_tokens/{token_id}",
        made_at: Some("~/doorward/api_tokens"),
        mend: |known, body, number| {
            body["name"] = json!(format!("token {number}"));
            body["permissions"] = json!(["Access: Apps and Policies Read"]);
            if body["resources"].is_object() {
                body["resources"] = json!({ "apps": [known.app] });
            }
        },
        needed: &["name", "permissions"],
        // What has ended is told by the time.
        shown_otherwise: &["status"],
        ..PLAIN
    });
    all.push(Resource {
        item: "~/tokens/{token_id}",
        made_at: Some("~/tokens"),
        mend: |known, body, number| {
            body["name"] = json!(format!("token {number}"));
            let whole = format!("com.cloudflare.api.account.{}", known.account);
            body["policies"] =
                json!([{ "effect": "allow", "permission_groups": [{ "id": known.permission }], "resources": { whole: "*" } }]);
        },
        needed: &["name", "policies"],
        // What has ended is told by the time; groups are shown with their names.
        shown_otherwise: &["status", "policies"],
        ..PLAIN
    });
    all
}
