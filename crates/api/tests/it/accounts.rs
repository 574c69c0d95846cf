//! The account, and settings of the organisation that wait for what they are about.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn the_account_is_named_anew_and_nothing_else_of_it_changes() {
    let world = World::start().await;
    let before = world.get("~").await;
    assert_eq!(world.put("~", before.clone()).await, before);
    let mut body = before.clone();
    body["name"] = json!("Harbour Works Ltd");
    assert_eq!(world.put("~", body.clone()).await["name"], "Harbour Works Ltd");
    assert_eq!(world.get("/accounts").await[0]["name"], "Harbour Works Ltd");
    body["id"] = json!("6f0c2b1e93d44a578e210d9b7c5e4a10");
    assert_eq!(world.call("PUT", "~", Some(body)).await.pointers(), ["/id"]);
    let odd =
        json!({ "name": "x".repeat(101), "type": "enterprise", "settings": { "enforce_twofactor": true, "abuse_contact_email": "a@b.c" } });
    let refused = world.call("PUT", "~", Some(odd)).await.pointers();
    assert_eq!(refused, ["/name", "/type", "/settings/enforce_twofactor", "/settings/abuse_contact_email"]);
}

#[tokio::test]
async fn dns_over_https_has_its_defaults_and_no_others_yet() {
    const DOH: &str = "~/access/organizations/doh";
    let world = World::start().await;
    let defaults = world.get(DOH).await;
    assert_eq!(defaults, json!({ "doh_jwt_duration": "24h" }));
    assert_eq!(world.call("PUT", DOH, Some(defaults.clone())).await.good(201), defaults);
    let odd = json!({ "doh_jwt_duration": "12h", "service_token_id": "86666835-06aa-4d90-8bbd-5a74ac4edf68" });
    let refused = world.call("PUT", DOH, Some(odd)).await;
    assert_eq!(refused.pointers(), ["/doh_jwt_duration", "/service_token_id"]);
    assert!(refused.text().contains("not supported yet"));
}
