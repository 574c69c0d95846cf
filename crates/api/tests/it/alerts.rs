//! Where warnings are told, and decisions counted by hour.

use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{World, timeless};

const ALERTS: &str = "~/doorward/alerts";

#[tokio::test]
async fn ways_to_tell_warnings_are_stored_and_shown_without_the_secret() {
    let world = World::start().await;
    let before = world.get(ALERTS).await;
    assert_eq!((&before["webhook_url"], &before["mail_to"], &before["webhook_secret_set"]), (&Value::Null, &json!([]), &json!(false)));
    assert_eq!(before["configuration_file"]["mail_server"], "mail.harbourworks.example");
    let body = json!({ "webhook_url": "https://alerts.harbourworks.example/x", "webhook_secret": "sixteen letters!", "mail_to": ["tessa@harbourworks.example"] });
    let set = world.put(ALERTS, body).await;
    assert_eq!((&set["webhook_secret_set"], &set["mail_to"]), (&json!(true), &json!(["tessa@harbourworks.example"])));
    assert!(!set.to_string().contains("sixteen"), "{set}");
    assert_eq!(timeless(world.put(ALERTS, set.clone()).await), timeless(set.clone()), "what was read can be written");
    let without = json!({ "webhook_url": set["webhook_url"], "webhook_secret": null, "mail_to": [] });
    assert_eq!(world.put(ALERTS, without).await["webhook_secret_set"], false);
    world.put(ALERTS, json!({ "webhook_url": set["webhook_url"], "webhook_secret": "sixteen letters!" })).await;
    let none = world.put(ALERTS, json!({})).await;
    assert_eq!((&none["webhook_url"], &none["webhook_secret_set"]), (&Value::Null, &json!(false)), "the secret goes with its webhook");
    let changes = world.get("~/doorward/audit").await.to_string();
    assert!(changes.contains("alerts.update") && !changes.contains("sixteen"), "{changes}");
}

#[tokio::test]
async fn ways_that_cannot_be_used_are_refused_at_their_members() {
    let world = World::start().await;
    for (body, pointer) in [
        (json!({ "webhook_url": "http://alerts.harbourworks.example" }), "/webhook_url"),
        (json!({ "webhook_url": "https://10.0.0.1/hook" }), "/webhook_url"),
        (json!({ "webhook_secret": "sixteen letters!" }), "/webhook_secret"),
        (json!({ "webhook_url": "https://alerts.harbourworks.example", "webhook_secret": "short" }), "/webhook_secret"),
        (json!({ "mail_to": ["nobody"] }), "/mail_to/0"),
        (json!({ "mail_to": (0..51).map(|n| format!("p{n}@harbourworks.example")).collect::<Vec<_>>() }), "/mail_to"),
        (json!({ "telegram": "x" }), "/telegram"),
    ] {
        assert_eq!(world.call("PUT", ALERTS, Some(body.clone())).await.pointers(), [pointer], "{body}");
    }
}

#[tokio::test]
async fn a_try_tells_how_each_way_went() {
    let world = World::start().await;
    let told = world.call("POST", &format!("{ALERTS}/test"), None).await.good(200);
    assert_eq!(told[0]["way"], "webhook");
    assert_eq!((&told[0]["ok"], &told[0]["error"]), (&json!(false), &json!("the webhook answered with status 500")));
    assert_eq!((&told[1]["ok"], &told[1]["error"]), (&json!(true), &Value::Null));
    let reader = format!("Bearer {}", world.token_with(&[Permission::OrgRead], None).await);
    world.send("POST", &format!("{ALERTS}/test"), Some(&reader), None).await.bad(403);
}

#[tokio::test]
async fn decisions_are_counted_by_hour() {
    let world = World::start().await;
    let counts = world.get("~/doorward/decision_counts?hours=3").await;
    let hours = counts["hours"].as_array().unwrap();
    assert_eq!((hours.len(), &hours[0]["at"]), (3, &counts["since"]));
    assert!(hours.iter().all(|hour| hour["sign_ins"] == 0 && hour["admissions"] == 0 && hour["refused"] == 0));
    assert_eq!(world.get("~/doorward/decision_counts").await["hours"].as_array().unwrap().len(), 24);
    for bad in ["0", "169", "all"] {
        world.call("GET", &format!("~/doorward/decision_counts?hours={bad}"), None).await.bad(400);
    }
}
