//! Where warnings are told, and decisions counted by hour.

use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{World, timeless};

const ALERTS: &str = "~/doorward/alerts";

#[tokio::test]
async fn ways_to_tell_warnings_are_stored_and_shown_without_the_secret() {
    let world = World::start().await;
    let before = world.get(ALERTS).await;
    let shown = |ways: &Value| [&ways["webhook_origin"], &ways["webhook_url_set"], &ways["webhook_secret_set"]].map(Value::clone);
    let nothing = [Value::Null, json!(false), json!(false)];
    assert_eq!((shown(&before), &before["mail_to"]), (nothing.clone(), &json!([])));
    assert_eq!(before["configuration_file"]["mail_server"], "mail.harbourworks.example");
    let body = json!({ "webhook_url": "https://alerts.harbourworks.example/services/T0/path-of-its-own", "webhook_secret": "sixteen letters!", "mail_to": ["tessa@harbourworks.example"] });
    let set = world.put(ALERTS, body).await;
    assert_eq!(shown(&set), [json!("https://alerts.harbourworks.example"), json!(true), json!(true)]);
    assert_eq!(set["mail_to"], json!(["tessa@harbourworks.example"]));
    assert!(!set.to_string().contains("sixteen") && !set.to_string().contains("path-of"), "{set}");
    assert_eq!(timeless(world.put(ALERTS, set.clone()).await), timeless(set.clone()), "what was read can be written");
    let kept = world.store.read(|reader| reader.alert_delivery()).await.unwrap().unwrap();
    assert_eq!(
        kept.webhook_url.as_ref().map(model::Secret::expose),
        Some("https://alerts.harbourworks.example/services/T0/path-of-its-own")
    );
    assert_eq!(world.put(ALERTS, json!({ "webhook_secret": null })).await["webhook_secret_set"], false);
    world.put(ALERTS, json!({ "webhook_secret": "sixteen letters!" })).await;
    let none = world.put(ALERTS, json!({ "webhook_url": null })).await;
    assert_eq!(shown(&none), nothing, "the secret goes with its webhook");
    let changes = world.get("~/doorward/audit").await.to_string();
    assert!(changes.contains("alerts.update") && changes.contains("alerts.harbourworks.example"), "{changes}");
    assert!(!changes.contains("sixteen") && !changes.contains("path-of"), "{changes}");
}

#[tokio::test]
async fn a_stored_secret_signs_for_no_other_receiver() {
    let world = World::start().await;
    world.put(ALERTS, json!({ "webhook_url": "https://alerts.harbourworks.example/a", "webhook_secret": "sixteen letters!" })).await;
    let same = world.put(ALERTS, json!({ "webhook_url": "https://alerts.harbourworks.example/b" })).await;
    assert_eq!(same["webhook_secret_set"], true, "another path of the same receiver");
    for elsewhere in ["https://evil.example/a", "https://alerts.harbourworks.example:8443/a"] {
        let refused = world.call("PUT", ALERTS, Some(json!({ "webhook_url": elsewhere }))).await;
        assert_eq!(refused.pointers(), ["/webhook_secret"], "{elsewhere}");
    }
    assert_eq!(world.get(ALERTS).await["webhook_origin"], "https://alerts.harbourworks.example", "nothing was stored");
    let unsigned = world.put(ALERTS, json!({ "webhook_url": "https://evil.example/a", "webhook_secret": null })).await;
    assert_eq!(unsigned["webhook_secret_set"], false);
    world.put(ALERTS, json!({ "webhook_url": "https://night.harbourworks.example/a" })).await;
    world.put(ALERTS, json!({ "webhook_secret": "sixteen letters!" })).await;
    let moved = json!({ "webhook_url": "https://alerts.harbourworks.example/a", "webhook_secret": "another sixteen letters" });
    assert_eq!(world.put(ALERTS, moved).await["webhook_secret_set"], true);
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
    let this_hour = world.now().secs().div_euclid(3600) * 3600;
    let decided = [("login", true, 0), ("request", true, -1), ("login", false, -3600), ("login", false, -1), ("login", true, -10_800)];
    for (n, (action, allowed, after)) in (0_u8..).zip(decided) {
        world.store.record(model::log::AccessDecision {
            reference: model::Reference::from_bytes([n; 16]),
            at: model::Timestamp::from_secs(this_hour + after),
            allowed,
            action: action.into(),
            app_id: None,
            host: "wiki.localhost".into(),
            path: "/".into(),
            user_id: None,
            user_email: None,
            idp: None,
            ip: "203.0.113.7".parse().unwrap(),
            country: None,
            policy_id: None,
            explanation: json!({}),
            facts: None,
        });
    }
    let counts = world.get("~/doorward/decision_counts?hours=3").await;
    let hours = counts["hours"].as_array().unwrap();
    assert_eq!((hours.len(), &hours[0]["at"]), (3, &counts["since"]));
    let numbers: Vec<_> = hours.iter().map(|hour| [&hour["sign_ins"], &hour["admissions"], &hour["refused"]]).collect();
    assert_eq!(json!(numbers), json!([[0, 0, 0], [0, 1, 2], [1, 0, 0]]), "the hour before those asked for is not among them");
    assert_eq!(world.get("~/doorward/decision_counts").await["hours"].as_array().unwrap().len(), 24);
    for bad in ["0", "169", "all"] {
        world.call("GET", &format!("~/doorward/decision_counts?hours={bad}"), None).await.bad(400);
    }
}
