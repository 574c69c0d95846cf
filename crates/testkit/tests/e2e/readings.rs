//! Devices and risk, polled from the directory: they open and close at the next request, and unknown never opens.

use serde_json::json;
use testkit::{App, Rule, Tenant, World, allow, block};

const PERMISSION: &str = "DeviceManagementManagedDevices.Read.All";

/// A posture rule: every device of the person is compliant, or the device at hand is.
async fn posture_rule(world: &World, kind: &str) -> String {
    let app = world.sim().sign_in_app().unwrap();
    let config =
        json!({ "client_id": app.client_id, "client_secret": app.client_secret, "customer_id": world.sim().tenant_id().to_string() });
    let body = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
    let integration = world.api().post("devices/posture/integration", body).await;
    let input = json!({ "connection_id": integration["id"], "compliance_status": "compliant" });
    let rule = world.api().post("devices/posture", json!({ "name": "Compliant", "type": kind, "input": input })).await;
    rule["id"].as_str().unwrap().to_owned()
}

async fn read_risk(world: &World) {
    world.api().put(&format!("doorward/identity_providers/{}/options", world.idp()), json!({ "read_risk": true })).await;
}

/// The last refusal of a person: the reason of its rule.
async fn reason(world: &World, app: &App, name: &str) -> (u16, String) {
    let page = world.browser().sign_in(name).open(app.at("/")).await;
    let logged = world.api().get(&format!("access/logs/access_requests?email={name}@harbourworks.example&limit=1")).await;
    let decision = world.api().decision(logged[0]["reference"].as_str().unwrap()).await;
    (page.status, decision["explanation"]["conclusion"]["denial"]["reason"].as_str().unwrap_or_default().to_owned())
}

/// Harbour Works with devices and risk.
async fn harbour() -> World {
    World::plan().tenant(Tenant::harbour_works().watched()).start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_device_of_the_person_must_be_compliant() {
    let world = harbour().await;
    let rule = posture_rule(&world, "doorward_intune_all_devices").await;
    let app = world.app("vault").policy(allow(Rule::Everyone).only_if(Rule::Posture(rule))).create().await;
    world.poll().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(app.at("/")).await.status, 200);
    assert_eq!(reason(&world, &app, "tessa").await, (403, "differs".into()), "one of two is not compliant");
    assert_eq!(reason(&world, &app, "bram").await, (403, "no-device".into()));

    world.turn("devices/MARA-LAPTOP", json!({ "complianceState": "noncompliant" })).await;
    world.poll().await;
    assert_eq!(mara.get(app.at("/")).await.status, 403, "a living session is judged by the new reading");
    world.turn("devices/MARA-LAPTOP", json!({ "complianceState": "compliant" })).await;
    world.poll().await;
    assert_eq!(mara.get(app.at("/")).await.status, 200);
    // Three intervals without a reading: not known any more, though nobody said otherwise.
    world.fault(json!({ "target": "graph", "kind": "unavailable", "path": "managedDevices", "count": 1000 })).await;
    world.pass(1801);
    world.poll().await;
    assert_eq!(mara.get(app.at("/")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_permission_nobody_is_compliant_and_a_block_holds() {
    let world = harbour().await;
    world.fault(json!({ "target": "graph", "kind": "forbidden", "path": "managedDevices", "count": 1000 })).await;
    let rule = posture_rule(&world, "doorward_intune_all_devices").await;
    let vault = world.app("vault").policy(allow(Rule::Everyone).only_if(Rule::Posture(rule.clone()))).create().await;
    let quay = world.app("quay").policy(block(Rule::Posture(rule))).policy(allow(Rule::Everyone)).create().await;
    world.poll().await;
    assert_eq!(reason(&world, &vault, "mara").await, (403, "devices-unread".into()), "{PERMISSION} is missing");
    assert_eq!(reason(&world, &quay, "mara").await, (403, "devices-unread".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_device_at_hand_is_not_known() {
    let world = harbour().await;
    let rule = posture_rule(&world, "intune").await;
    let app = world.app("vault").policy(allow(Rule::Everyone).only_if(Rule::Posture(rule))).create().await;
    world.poll().await;
    let page = world.browser().sign_in("mara").open(app.at("/")).await;
    assert_eq!(page.status, 403, "no sign-in could change it, so none is offered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn risk_closes_the_door_of_a_living_session() {
    let world = harbour().await;
    let app = world.app("vault").policy(allow(Rule::Everyone).only_if(Rule::Risk(&["low", "unscored"]))).create().await;
    assert_eq!(reason(&world, &app, "ilo").await, (403, "risk-unread".into()), "risk is not switched on yet");
    read_risk(&world).await;
    world.poll().await;
    let ilo = world.browser().sign_in("ilo");
    assert_eq!(ilo.open(app.at("/")).await.status, 200);
    assert_eq!(reason(&world, &app, "tessa").await, (403, "differs".into()), "medium");

    world.turn("risk/ilo@harbourworks.example", json!({ "riskLevel": "high", "riskState": "atRisk" })).await;
    world.poll().await;
    assert_eq!(ilo.get(app.at("/")).await.status, 403);
    world.turn("risk/ilo@harbourworks.example", json!({ "riskLevel": "high", "riskState": "remediated" })).await;
    world.poll().await;
    assert_eq!(ilo.get(app.at("/")).await.status, 200);
}
