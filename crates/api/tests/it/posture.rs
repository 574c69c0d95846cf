//! Posture integrations and rules.

use serde_json::{Value, json};

use crate::world::{World, id};

const INTEGRATIONS: &str = "~/devices/posture/integration";
const RULES: &str = "~/devices/posture";

fn intune() -> Value {
    json!({
        "name": "Harbour devices",
        "type": "intune",
        "interval": "10m",
        "config": {
            "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa",
            "client_secret": "device~reader~secret",
            "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10"
        }
    })
}

async fn integration(world: &World) -> String {
    id(&world.call("POST", INTEGRATIONS, Some(intune())).await.good(200))
}

fn rule(connection: &str, kind: &str) -> Value {
    json!({
        "name": "All compliant", "type": kind, "description": "", "match": [{ "platform": "windows" }], "schedule": "5m",
        "input": { "connection_id": connection, "compliance_status": "compliant" }
    })
}

/// A rule about all of a person's devices, made through the API; its id.
pub async fn all_compliant(world: &World) -> String {
    let connection = integration(world).await;
    id(&world.call("POST", RULES, Some(rule(&connection, "doorward_intune_all_devices"))).await.good(200))
}

#[tokio::test]
async fn an_integrations_secret_is_kept_and_asked_for_again_when_its_client_changes() {
    let world = World::start().await;
    let made = integration(&world).await;
    let path = format!("{INTEGRATIONS}/{made}");
    let shown = world.get(&path).await;
    assert!(!shown.to_string().contains("device~reader~secret"));
    assert_eq!(world.call("PATCH", &path, Some(json!({ "interval": "1h" }))).await.good(200)["interval"], "1h");
    let stored = || world.store.snapshot().posture_secrets[&made.parse().unwrap()].expose().to_owned();
    assert_eq!(stored(), "device~reader~secret");
    let other = json!({ "config": { "client_id": "00000000-2c48-4f6d-9a55-71c0de8840aa" } });
    assert_eq!(world.call("PATCH", &path, Some(other)).await.pointers(), ["/config/client_secret"]);
    let other = json!({ "config": { "client_id": "00000000-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "an~other" } });
    world.call("PATCH", &path, Some(other)).await.good(200);
    assert_eq!(stored(), "an~other");
}

#[tokio::test]
async fn a_secret_goes_to_the_cloud_that_it_was_given_for_whatever_a_provider_names_later() {
    let world = World::start().await;
    let idp = world.entra().await;
    let tenant = world.get(&format!("~/access/identity_providers/{idp}")).await["config"]["directory_id"].clone();
    let mut body = intune();
    body["config"]["customer_id"] = tenant;
    let made = id(&world.call("POST", INTEGRATIONS, Some(body)).await.good(200));
    let cloud = || world.store.snapshot().posture_integrations[&made.parse().unwrap()].cloud.clone().map(|cloud| cloud.login_url);
    let hosts = json!({ "login_url": "https://localhost:9443", "graph_url": "https://localhost:9443", "client_secret": "any~thing" });
    world.put(&format!("~/doorward/identity_providers/{idp}/cloud"), hosts).await;
    let path = format!("{INTEGRATIONS}/{made}");
    world.call("PATCH", &path, Some(json!({ "name": "Devices" }))).await.good(200);
    assert_eq!(cloud(), None, "nobody who knows the secret said that it may go there");
    world.call("PATCH", &path, Some(json!({ "config": { "client_secret": "device~reader~secret" } }))).await.good(200);
    assert_eq!(cloud().as_deref(), Some("https://localhost:9443"));
}

#[tokio::test]
async fn what_is_missing_or_not_built_is_told_with_its_place() {
    let world = World::start().await;
    let all = ["/name", "/type", "/interval", "/config"];
    assert_eq!(world.call("POST", INTEGRATIONS, Some(json!({}))).await.pointers(), all);
    let mut kolide = intune();
    kolide["type"] = json!("kolide");
    assert_eq!(world.call("POST", INTEGRATIONS, Some(kolide)).await.pointers(), ["/type"]);
    let mut bad = intune();
    bad["config"]["client_secret"] = json!("3f1c9a52-0c9e-4d3a-8b7d-5d2f7f0a3e64");
    bad["interval"] = json!("5s");
    assert_eq!(world.call("POST", INTEGRATIONS, Some(bad)).await.pointers(), ["/interval", "/config/client_secret"]);
    let nowhere = rule("86666835-06aa-4d90-8bbd-5a74ac4edf68", "intune");
    assert_eq!(world.call("POST", RULES, Some(nowhere)).await.pointers(), ["/input/connection_id"]);
    let firewall = json!({ "name": "Wall", "type": "firewall", "input": { "enabled": true } });
    assert_eq!(world.call("POST", RULES, Some(firewall)).await.pointers(), ["/type"]);
}

#[tokio::test]
async fn a_rule_about_the_device_at_hand_says_that_it_is_unknown() {
    let world = World::start().await;
    let connection = integration(&world).await;
    let at_hand = world.call("POST", RULES, Some(rule(&connection, "intune"))).await;
    assert_eq!(at_hand.body["messages"][0]["source"]["pointer"], "/type");
    let all = world.call("POST", RULES, Some(rule(&connection, "doorward_intune_all_devices"))).await;
    assert_eq!(all.body["messages"], json!([]));
    let made = all.good(200);
    let path = format!("{RULES}/{}", id(&made));
    assert_eq!(world.get(&path).await, made);
    assert_eq!(world.put(&path, made.clone()).await, made);
}

#[tokio::test]
async fn what_a_rule_names_is_not_removed() {
    let world = World::start().await;
    let connection = integration(&world).await;
    let made = id(&world.call("POST", RULES, Some(rule(&connection, "doorward_intune_all_devices"))).await.good(200));
    let policy = |uid: &str| json!({ "name": "Devices", "decision": "allow", "include": [{ "everyone": {} }], "require": [{ "device_posture": { "integration_uid": uid } }] });
    let unknown = policy("86666835-06aa-4d90-8bbd-5a74ac4edf68");
    assert_eq!(world.call("POST", "~/access/policies", Some(unknown)).await.pointers(), ["/require/0/device_posture/integration_uid"]);
    let kept = id(&world.post("~/access/policies", policy(&made)).await);
    world.call("DELETE", &format!("{RULES}/{made}"), None).await.bad(409);
    world.call("DELETE", &format!("{INTEGRATIONS}/{connection}"), None).await.bad(409);
    world.call("DELETE", &format!("~/access/policies/{kept}"), None).await.good(202);
    assert_eq!(world.call("DELETE", &format!("{RULES}/{made}"), None).await.good(200)["id"], made);
    world.call("DELETE", &format!("{INTEGRATIONS}/{connection}"), None).await.good(200);
    assert!(world.store.snapshot().posture_secrets.is_empty());
}
