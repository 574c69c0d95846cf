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
async fn the_switch_that_keeps_consoles_from_changing_things_is_kept_with_its_reason() {
    let world = World::start().await;
    let set = world.put(ORG, json!({ "is_ui_read_only": true, "ui_read_only_toggle_reason": "by Terraform" })).await;
    assert_eq!((&set["is_ui_read_only"], &set["ui_read_only_toggle_reason"]), (&json!(true), &json!("by Terraform")));
    assert_eq!(timeless(world.put(ORG, json!({})).await), timeless(set));
    let off = world.put(ORG, json!({ "is_ui_read_only": false, "ui_read_only_toggle_reason": null })).await;
    assert_eq!((&off["is_ui_read_only"], off.get("ui_read_only_toggle_reason")), (&json!(false), None));
}

#[tokio::test]
async fn bounds_and_unbuilt_settings_of_the_organisation_are_refused() {
    let world = World::start().await;
    let body = json!({
        "session_duration": "14m",
        "user_seat_expiration_inactive_time": "729h",
        "deny_unmatched_requests": false,
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
            "/login_design/background_color",
            "/mfa_required_for_all_apps",
            "/session_duration",
            "/user_seat_expiration_inactive_time",
        ]
    );
    let again = world.call("POST", ORG, Some(json!({ "name": "x", "auth_domain": "y" }))).await;
    assert_eq!(again.bad(409)[0].0, 11002);
}

#[tokio::test]
async fn seats_of_people_who_stay_away_are_freed_after_a_month_to_a_year_or_never() {
    let world = World::start().await;
    let idle = async |body: serde_json::Value| world.put(ORG, body).await["user_seat_expiration_inactive_time"].clone();
    assert_eq!(idle(json!({})).await, json!(null), "off until somebody wants it");
    assert_eq!(idle(json!({ "user_seat_expiration_inactive_time": "730h" })).await, "730h");
    assert_eq!(idle(json!({ "name": "Harbour Works" })).await, "730h", "a PUT merges");
    for wrong in ["729h59m", "8760h1s", "soon"] {
        let refused = world.call("PUT", ORG, Some(json!({ "user_seat_expiration_inactive_time": wrong }))).await;
        assert_eq!(refused.pointers(), ["/user_seat_expiration_inactive_time"], "{wrong}");
    }
    assert_eq!(idle(json!({ "user_seat_expiration_inactive_time": "8760h" })).await, "8760h");
    assert_eq!(idle(json!({ "user_seat_expiration_inactive_time": null })).await, json!(null));
}

#[tokio::test]
async fn the_limit_of_seats_is_ours_and_no_put_of_v4_resets_it() {
    const OPTIONS: &str = "~/doorward/organization/options";
    let world = World::start().await;
    let idp = world.entra().await;
    assert_eq!(world.get(OPTIONS).await, json!({ "seat_limit": null, "seats_used": 0 }));
    for name in ["mara", "ilo", "tessa"] {
        world.signed_in(&format!("{name}@harbourworks.example"), &idp).await;
    }
    let set = async |body: serde_json::Value| {
        let reply = world.call("PUT", OPTIONS, Some(body)).await;
        let remark = reply.body["messages"][0]["message"].as_str().unwrap_or_default().to_owned();
        (reply.good(200), remark)
    };
    let (saved, remark) = set(json!({ "seat_limit": 50 })).await;
    assert_eq!((saved.clone(), remark.as_str()), (json!({ "seat_limit": 50, "seats_used": 3 }), ""));
    world.put(ORG, world.get(ORG).await).await;
    assert_eq!(world.get(OPTIONS).await, saved);
    assert_eq!(set(saved.clone()).await.0, saved, "a GET's body goes back in");
    let (saved, remark) = set(json!({ "seat_limit": 2 })).await;
    assert_eq!(saved["seat_limit"], 2);
    assert!(remark.contains("3 seats are in use") && remark.contains("keep them"), "{remark}");
    let warnings = world.get("~/doorward/warnings").await;
    assert_eq!((&warnings[0]["code"], &warnings[0]["subject"]["kind"]), (&json!("seats"), &json!("organization")));
    for wrong in [json!(-1), json!("many"), json!(1.5)] {
        assert_eq!(world.call("PUT", OPTIONS, Some(json!({ "seat_limit": wrong }))).await.pointers(), ["/seat_limit"]);
    }
    assert_eq!(world.call("PUT", OPTIONS, Some(json!({}))).await.pointers(), ["/seat_limit"], "no limit is said in so many words: null");
    assert_eq!(set(json!({ "seat_limit": null })).await.0["seat_limit"], json!(null));
    assert_eq!(world.get("~/doorward/warnings").await, json!([]));
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    assert_eq!(audit.items.iter().filter(|record| record.action == "organization_options.update").count(), 4);
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
