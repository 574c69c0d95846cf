//! The organisation and its keys.

use serde_json::json;

use crate::world::{World, timeless};

const ORG: &str = "~/access/organizations";

#[tokio::test]
async fn a_put_merges_into_the_organisation() {
    let world = World::start().await;
    let before = world.get(ORG).await;
    assert_eq!((&before["name"], &before["auth_domain"]), (&json!("Harbour Works"), &json!("team.localhost:8443")));
    assert_eq!(timeless(world.put(ORG, before.clone()).await), timeless(before.clone()));
    let changed = json!({ "session_duration": "8h", "login_design": { "background_color": "#c5ed1b" } });
    let after = world.put(ORG, changed).await;
    assert_eq!((&after["session_duration"], &after["name"]), (&json!("8h"), &json!("Harbour Works")));
    assert_eq!(after["login_design"], json!({ "background_color": "#c5ed1b" }));
    // What is not built is taken at its default only, and a GET's body has it so.
    let same = world
        .put(ORG, json!({ "user_seat_expiration_inactive_time": null, "deny_unmatched_requests": true, "is_ui_read_only": false }))
        .await;
    assert_eq!(same["session_duration"], "8h");
}

#[tokio::test]
async fn bounds_and_unbuilt_settings_of_the_organisation_are_refused() {
    let world = World::start().await;
    let body = json!({
        "session_duration": "14m",
        "user_seat_expiration_inactive_time": "730h",
        "deny_unmatched_requests": false,
        "is_ui_read_only": true,
        "ui_read_only_toggle_reason": "by Terraform",
        "auth_domain": "elsewhere.example",
        "mfa_required_for_all_apps": true,
        "login_design": { "background_color": "red;}body{display:none" },
    });
    let mut pointers = world.call("PUT", ORG, Some(body)).await.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/auth_domain",
            "/deny_unmatched_requests",
            "/is_ui_read_only",
            "/login_design/background_color",
            "/mfa_required_for_all_apps",
            "/session_duration",
            "/ui_read_only_toggle_reason",
            "/user_seat_expiration_inactive_time",
        ]
    );
    let again = world.call("POST", ORG, Some(json!({ "name": "x", "auth_domain": "y" }))).await;
    assert_eq!(again.bad(409)[0].0, 11002);
}

#[tokio::test]
async fn keys_rotate_and_the_former_one_stays_published() {
    let world = World::start().await;
    let keys = world.get("~/access/keys").await;
    let days = keys["key_rotation_interval_days"].as_i64().unwrap();
    assert_eq!(keys["days_until_next_rotation"], days);
    let set = world.put("~/access/keys", json!({ "key_rotation_interval_days": 30 })).await;
    assert_eq!(set["days_until_next_rotation"], 30);
    for bad in [json!(20), json!(366), json!("30"), json!(null)] {
        let reply = world.call("PUT", "~/access/keys", Some(json!({ "key_rotation_interval_days": bad }))).await;
        assert_eq!(reply.pointers(), ["/key_rotation_interval_days"]);
    }
    let former = world.store.snapshot().keys[0].public.id.clone();
    world.pass(86_400);
    let rotated = world.call("POST", "~/access/keys/rotate", None).await.good(200);
    assert_eq!(rotated["last_key_rotation_at"], world.now().rfc3339());
    let snapshot = world.store.snapshot();
    assert_eq!(snapshot.keys.len(), 2);
    assert_ne!(snapshot.keys[0].public.id, former);
    assert_eq!((&snapshot.keys[1].public.id, snapshot.keys[1].public.retires_at.is_some()), (&former, true));
}
