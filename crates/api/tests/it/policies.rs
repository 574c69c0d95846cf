//! Reusable policies: strictness, references, remarks.

use serde_json::{Value, json};

use crate::world::{World, entra_body, id, timeless};

const POLICIES: &str = "~/access/policies";

fn with(decision: &str, include: Value) -> Value {
    json!({ "name": "p", "decision": decision, "include": include })
}

#[tokio::test]
async fn a_policy_lives_and_its_lists_are_emptied_by_a_put_that_leaves_them_out() {
    let world = World::start().await;
    let body = json!({
        "name": "Pilots", "decision": "allow", "session_duration": "1h30m",
        "include": [{ "everyone": {} }],
        "require": [{ "geo": { "country_code": "PT" } }],
        "exclude": [{ "ip": { "ip": "203.0.113.0/24" } }],
    });
    let made = world.post(POLICIES, body.clone()).await;
    let path = format!("{POLICIES}/{}", id(&made));
    assert_eq!((&made["reusable"], &made["app_count"], &made["session_duration"]), (&json!(true), &json!(0), &json!("1h30m")));
    assert_eq!(world.get(&path).await, made);
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    assert_ne!(world.post(POLICIES, made.clone()).await["id"], made["id"]);
    let bare = world.put(&path, with("deny", json!([{ "everyone": {} }]))).await;
    assert_eq!((&bare["require"], &bare["exclude"]), (&json!([]), &json!([])));
    assert_eq!(bare.get("session_duration"), None);
    assert_eq!(world.get(POLICIES).await.as_array().unwrap().len(), 2);
    world.call("DELETE", &path, None).await.good(202);
    world.call("PUT", &path, Some(body)).await.bad(404);
}

#[tokio::test]
async fn what_a_rule_names_must_exist() {
    let world = World::start().await;
    let other = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
    let idp = world.entra().await;
    let body = json!({
        "name": "p", "decision": "allow",
        "include": [
            { "azureAD": { "id": other, "identity_provider_id": other } },
            { "login_method": { "id": idp } },
            { "group": { "id": other } },
            { "service_token": { "token_id": other } },
            { "email_list": { "id": other } },
            { "okta": { "name": "Ops", "identity_provider_id": idp } },
        ],
        "require": [{ "cloudflare_account_member": { "account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10" } }],
    });
    let pointers = world.call("POST", POLICIES, Some(body)).await.pointers();
    assert_eq!(
        pointers,
        [
            "/include/0/azureAD/identity_provider_id",
            "/include/2/group/id",
            "/include/3/service_token/token_id",
            "/include/4/email_list/id",
            "/include/5/okta/identity_provider_id",
            "/require/0/cloudflare_account_member/account_id",
        ]
    );
}

#[tokio::test]
async fn a_bypass_policy_takes_no_rules_about_people_not_even_through_a_group() {
    let world = World::start().await;
    let mail = json!([{ "ip": { "ip": "203.0.113.7" } }, { "email_domain": { "domain": "harbourworks.example" } }]);
    let refused = world.call("POST", POLICIES, Some(with("bypass", mail.clone()))).await;
    assert_eq!(refused.pointers(), ["/include/1/email_domain"]);
    let people = id(&world.post("~/access/groups", json!({ "name": "people", "include": mail })).await);
    let through = json!([{ "group": { "id": people } }]);
    assert_eq!(world.call("POST", POLICIES, Some(with("bypass", through))).await.pointers(), ["/include/0/group"]);

    let office = json!({ "name": "office", "include": [{ "ip": { "ip": "203.0.113.7" } }] });
    let office = id(&world.post("~/access/groups", office).await);
    world.post(POLICIES, with("bypass", json!([{ "group": { "id": office } }]))).await;
    let turned = json!({ "name": "office", "include": [{ "email": { "email": "mara@harbourworks.example" } }] });
    let refused = world.call("PUT", &format!("~/access/groups/{office}"), Some(turned)).await;
    assert_eq!(refused.pointers(), ["/include/0/email"]);
}

#[tokio::test]
async fn members_that_are_not_built_are_refused_unless_they_ask_for_nothing() {
    let world = World::start().await;
    let mut body = with("allow", json!([{ "everyone": {} }]));
    for (key, value) in [
        ("isolation_required", json!(false)),
        ("approval_required", json!(false)),
        ("approval_groups", json!([])),
        ("purpose_justification_required", json!(false)),
        ("purpose_justification_prompt", json!("")),
        ("mfa_config", json!({ "mfa_disabled": false, "allowed_authenticators": [] })),
        ("connection_rules", Value::Null),
    ] {
        body[key] = value;
    }
    world.post(POLICIES, body.clone()).await;
    body["isolation_required"] = json!(true);
    body["mfa_config"] = json!({ "allowed_authenticators": ["totp"] });
    let refused = world.call("POST", POLICIES, Some(body)).await;
    assert_eq!(refused.pointers(), ["/isolation_required", "/mfa_config"]);
    assert!(refused.text().contains("not supported yet"));
}

#[tokio::test]
async fn rules_that_cannot_be_judged_are_saved_with_a_remark() {
    let world = World::start().await;
    let mut body = entra_body();
    body["config"]["support_groups"] = json!(false);
    let idp = id(&world.post("~/access/identity_providers", body).await);
    let group = "61503835-b6fe-4630-af88-de551dd59a2a";
    let rules = json!([
        { "everyone": {} },
        { "azureAD": { "id": group, "identity_provider_id": idp } },
        { "common_name": { "common_name": "ilo" } },
        { "any_valid_service_token": {} },
        { "oidc": { "claim_name": "team", "claim_value": "ops", "identity_provider_id": idp } },
    ]);
    let reply = world.call("POST", POLICIES, Some(with("allow", rules))).await;
    let pointers: Vec<&str> = reply.body["messages"].as_array().unwrap().iter().map(|m| m["source"]["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/include/1", "/include/2", "/include/3", "/include/4"]);
    reply.good(201);
    let plain = world.call("POST", POLICIES, Some(with("allow", json!([{ "everyone": {} }])))).await;
    assert_eq!(plain.body["messages"], json!([]));
}

#[tokio::test]
async fn demands_are_kept_checked_and_belong_to_allow_policies() {
    let world = World::start().await;
    let body = json!({
        "name": "Auditors", "decision": "allow", "include": [{ "everyone": {} }],
        "purpose_justification_required": true, "purpose_justification_prompt": "Which ticket?",
        "approval_required": true,
        "approval_groups": [{ "approvals_needed": 1, "email_addresses": ["tessa@harbourworks.example", "Bram@harbourworks.example"] }],
    });
    let made = world.post(POLICIES, body.clone()).await;
    for member in ["purpose_justification_required", "purpose_justification_prompt", "approval_required", "approval_groups"] {
        assert_eq!(made[member], body[member], "{member}");
    }
    let path = format!("{POLICIES}/{}", id(&made));
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    let bare = world.put(&path, with("allow", json!([{ "everyone": {} }]))).await;
    assert_eq!((&bare["approval_required"], bare.get("approval_groups")), (&json!(false), None));

    let group = |needed: i64| json!({ "approvals_needed": needed, "email_addresses": ["tessa@harbourworks.example"] });
    let other = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
    for (member, value, pointers) in [
        ("approval_groups", json!([]), vec!["/approval_groups"]),
        ("approval_groups", json!([{ "approvals_needed": 1 }]), vec!["/approval_groups/0"]),
        ("approval_groups", json!([group(2)]), vec!["/approval_groups/0/approvals_needed"]),
        ("approval_groups", json!([group(-1)]), vec!["/approval_groups/0/approvals_needed"]),
        (
            "approval_groups",
            json!([{ "approvals_needed": 1, "email_addresses": ["nobody"] }]),
            vec!["/approval_groups/0/email_addresses/0"],
        ),
        ("approval_groups", json!([{ "approvals_needed": 1, "email_list_uuid": other }]), vec!["/approval_groups/0/email_list_uuid"]),
        ("decision", json!("deny"), vec!["/purpose_justification_required", "/approval_required"]),
        ("isolation_required", json!(true), vec!["/isolation_required"]),
    ] {
        let mut wrong = body.clone();
        wrong[member] = value;
        let mut told = world.call("POST", POLICIES, Some(wrong)).await.pointers();
        told.retain(|pointer| !pointer.is_empty());
        assert_eq!(told, pointers, "{member}");
    }
}
