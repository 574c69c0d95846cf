//! Service tokens: secrets shown once, rotation, life.

use serde_json::json;
use store::Purpose;

use crate::world::{World, id, timeless};

const TOKENS: &str = "~/access/service_tokens";

#[tokio::test]
async fn a_secret_is_shown_when_made_and_when_rotated_only() {
    let world = World::start().await;
    let made = world.post(TOKENS, json!({ "name": "backup" })).await;
    let path = format!("{TOKENS}/{}", id(&made));
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("cfast_") && secret.len() == 6 + 40 + 8, "{secret}");
    let client = made["client_id"].as_str().unwrap();
    assert!(client.ends_with(".access") && client.len() == 32 + 7, "{client}");
    assert_eq!((&made["duration"], &made["client_secret_version"]), (&json!("8760h"), &json!(1)));
    assert_eq!(made["expires_at"], world.now().plus_secs(8760 * 3600).rfc3339());

    let shown = world.get(&path).await;
    assert_eq!(shown.get("client_secret"), None);
    assert_eq!(timeless(world.put(&path, shown.clone()).await), timeless(shown));
    let token = || world.store.snapshot().service_tokens.values().next().unwrap().as_ref().clone();
    assert!(world.store.sealer().matches(Purpose::ServiceToken, secret, &token().secret_hash));

    let until = world.now().plus_secs(600).rfc3339();
    let rotated =
        world.call("POST", &format!("{path}/rotate"), Some(json!({ "previous_client_secret_expires_at": until }))).await.good(200);
    let fresh = rotated["client_secret"].as_str().unwrap();
    assert_eq!((&rotated["client_secret_version"], &rotated["previous_client_secret_expires_at"]), (&json!(2), &json!(until)));
    assert!(world.store.sealer().matches(Purpose::ServiceToken, fresh, &token().secret_hash));
    assert!(world.store.sealer().matches(Purpose::ServiceToken, secret, &token().previous.unwrap().secret_hash));

    let at_once = world.call("POST", &format!("{path}/rotate"), None).await.good(200);
    assert_eq!(at_once.get("previous_client_secret_expires_at"), None);
    let raised = world.put(&path, json!({ "client_secret_version": 7 })).await;
    assert!(raised["client_secret"].is_string());
    assert_eq!((&raised["client_secret_version"], &raised["name"]), (&json!(7), &json!("backup")));
    assert_eq!(world.call("PUT", &path, Some(json!({ "client_secret_version": 6 }))).await.pointers(), ["/client_secret_version"]);
}

#[tokio::test]
async fn life_is_refreshed_ended_and_for_ever() {
    let world = World::start().await;
    let made = world.post(TOKENS, json!({ "name": "backup", "duration": "24h" })).await;
    let path = format!("{TOKENS}/{}", id(&made));
    world.pass(3600);
    let refreshed = world.call("POST", &format!("{path}/refresh"), None).await.good(200);
    assert_eq!(refreshed["expires_at"], world.now().plus_secs(86_400).rfc3339());
    let off = world.put(&path, json!({ "name": "backup", "enabled": false })).await;
    assert_eq!((&off["enabled"], &off["expires_at"]), (&json!(false), &refreshed["expires_at"]));
    let ever = world.put(&path, json!({ "name": "backup", "duration": "forever" })).await;
    assert_eq!((&ever["duration"], ever.get("expires_at"), &ever["enabled"]), (&json!("forever"), None, &json!(false)));
    assert_eq!(world.call("POST", TOKENS, Some(json!({ "duration": "soon", "x": 1 }))).await.pointers(), ["/duration", "/x"]);
    assert_eq!(world.call("POST", TOKENS, Some(json!({}))).await.pointers(), ["/name"]);

    let policy = json!({ "name": "robots", "decision": "non_identity", "include": [{ "service_token": { "token_id": id(&made) } }] });
    let policy = id(&world.post("~/access/policies", policy).await);
    world.call("DELETE", &path, None).await.bad(409);
    world.call("DELETE", &format!("~/access/policies/{policy}"), None).await.good(202);
    let gone = world.call("DELETE", &path, None).await.good(200);
    assert_eq!(gone["id"], made["id"]);
    assert_eq!(world.get(TOKENS).await, json!([]));
}
