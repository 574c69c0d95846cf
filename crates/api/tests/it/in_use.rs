//! What a rule names is not removed: 409 with its users, whatever kind of thing it is.

use serde_json::{Value, json};

use crate::world::{World, id};

const OBJECT: &str = "61503835-b6fe-4630-af88-de551dd59a2a";

#[tokio::test]
async fn what_rules_name_is_not_removed_and_its_users_are_listed() {
    let world = World::start().await;
    let entra = world.entra().await;
    let group = id(&world.post("~/access/groups", json!({ "name": "Inner", "include": [{ "everyone": {} }] })).await);
    let token = id(&world.post("~/access/service_tokens", json!({ "name": "crane" })).await);
    let app = id(&world.app("wiki").await);
    let posture = crate::posture::all_compliant(&world).await;
    let list = |kind: &str, value: &str| json!({ "name": kind, "type": kind, "items": [{ "value": value }] });
    let people = id(&world.call("POST", "~/gateway/lists", Some(list("EMAIL", "mara@harbourworks.example"))).await.good(200));
    let places = id(&world.call("POST", "~/gateway/lists", Some(list("IP", "203.0.113.0/24"))).await.good(200));

    let of_entra = |kind: &str, mut value: Value| {
        value["identity_provider_id"] = json!(entra);
        json!({ kind: value })
    };
    let named: Vec<(Value, String)> = vec![
        (json!({"group": {"id": group}}), format!("~/access/groups/{group}")),
        (json!({"service_token": {"token_id": token}}), format!("~/access/service_tokens/{token}")),
        (json!({"linked_app_token": {"app_uid": app}}), format!("~/access/apps/{app}")),
        (json!({"device_posture": {"integration_uid": posture}}), format!("~/devices/posture/{posture}")),
        (json!({"email_list": {"id": people}}), format!("~/gateway/lists/{people}")),
        (json!({"ip_list": {"id": places}}), format!("~/gateway/lists/{places}")),
        (json!({"login_method": {"id": entra}}), format!("~/access/identity_providers/{entra}")),
        (of_entra("azureAD", json!({"id": OBJECT})), format!("~/access/identity_providers/{entra}")),
        (of_entra("auth_context", json!({"id": "1", "ac_id": "c1"})), format!("~/access/identity_providers/{entra}")),
        (of_entra("oidc", json!({"claim_name": "team", "claim_value": "ops"})), format!("~/access/identity_providers/{entra}")),
    ];
    for (rule, path) in &named {
        // On each list of a policy and of a group.
        let policy = json!({ "name": "Night door", "decision": "deny", "include": [{ "everyone": {} }], "exclude": [rule] });
        let policy = id(&world.post("~/access/policies", policy).await);
        let group = json!({ "name": "Night crew", "include": [{ "everyone": {} }], "require": [rule] });
        let group = id(&world.post("~/access/groups", group).await);
        let refused = world.call("DELETE", path, None).await;
        refused.bad(409);
        let said = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(said.contains(r#"policy "Night door""#) && said.contains(r#"group "Night crew""#), "{rule}: {said}");
        world.call("DELETE", &format!("~/access/policies/{policy}"), None).await.good(202);
        let refused = world.call("DELETE", path, None).await;
        assert_eq!(refused.status, 409, "{rule}: the group still names it");
        world.call("DELETE", &format!("~/access/groups/{group}"), None).await.good(202);
    }
    for (_, path) in named.iter().filter(|(_, path)| !path.contains("identity_providers")) {
        let gone = world.call("DELETE", path, None).await;
        assert!(gone.status.is_success(), "{path}: {:#}", gone.body);
    }
}

#[tokio::test]
async fn what_names_a_login_method_is_told_before_somebody_removes_it() {
    let world = World::start().await;
    let entra = world.entra().await;
    let path = format!("~/doorward/uses?identity_provider_id={entra}");
    assert_eq!(world.get(&path).await["used_by_count"], 0);
    let rule = json!({ "azureAD": { "id": OBJECT, "identity_provider_id": entra } });
    let policy = json!({ "name": "Pilots only", "decision": "allow", "include": [rule] });
    let body = json!({ "type": "self_hosted", "name": "Chart room", "domain": "charts.harbourworks.example", "allowed_idps": [entra], "policies": [policy] });
    let app = id(&world.post("~/access/apps", body).await);
    world.post("~/access/groups", json!({ "name": "Night watch", "include": [rule] })).await;
    let uses = world.get(&path).await;
    let told: Vec<_> =
        uses["used_by"].as_array().unwrap().iter().map(|one| (one["type"].as_str().unwrap(), one["name"].as_str().unwrap())).collect();
    assert_eq!(told, [("application", "Chart room"), ("group", "Night watch"), ("own_policy", "Pilots only")]);
    assert_eq!(uses["used_by"][2]["applications"], json!([{ "id": app, "name": "Chart room" }]));
    let people = json!({ "include": [{ "email": { "email": "ilo@harbourworks.example" } }], "exclude": [], "require": [] });
    world.put("~/doorward/console", json!({ "administrators": people, "allowed_idps": [entra] })).await;
    assert_eq!(world.get(&path).await["used_by"][1]["type"], "console");
}
