//! doorward stopped and started again in the same folder.

use http::Method;
use serde_json::json;
use testkit::{Rule, World, allow_group, service_auth};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_stay_signed_in_and_everything_is_there() {
    let mut world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let token = world.api().service_token("feed", "8760h").await;
    let feed = world.app("feed").policy(service_auth(Rule::AnyToken)).create().await;
    let scim_id = world.scim().create("ilo").await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let refused = world.browser().sign_in("tessa").open(wiki.at("/")).await;
    let reference = refused.reference();
    let callback = world.browser().sign_in("ilo");
    let pending = callback.open_until(wiki.at("/late"), "/cdn-cgi/access/callback").await;
    let listed = ["access/apps", "access/policies", "access/groups", "access/service_tokens", "access/identity_providers", "access/users"];
    let mut before = Vec::new();
    for path in listed {
        before.push(world.api().get(path).await);
    }
    let organization = world.api().get("access/organizations").await;
    let certs = world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await.json();

    world.restart().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "the application's cookie");
    let silent = mara.open(charts.at("/")).await;
    assert_eq!(silent.status, 200);
    assert!(silent.trail().iter().all(|url| url.host_str() != Some("localhost")), "the organisation's session");
    assert_eq!(callback.open(pending).await.status, 200, "a sign-in that was under way");
    for (path, before) in listed.iter().zip(before).filter(|(path, _)| **path != "access/users") {
        assert_eq!(world.api().get(path).await, before, "{path}");
    }
    assert_eq!(world.api().get("access/organizations").await, organization);
    assert_eq!(world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await.json(), certs);
    assert_eq!(world.scim().call(Method::GET, &format!("/Users/{scim_id}"), None).await.status, 200);
    assert_eq!(world.api().decision(&reference).await["allowed"], false);
    let program = world.browser();
    let ask = program.ask(Method::GET, feed.at("/")).header("cf-access-client-id", token["client_id"].as_str().unwrap());
    assert_eq!(ask.header("cf-access-client-secret", token["client_secret"].as_str().unwrap()).send().await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_ended_before_stays_ended() {
    let mut world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    mara.open(wiki.at("/")).await;
    ilo.open(wiki.at("/")).await;
    let id = world.scim().create("mara").await;
    world.scim().set_active(&id, "False").await;
    world.api().post("access/organizations/revoke_user", json!({ "email": "ilo@harbourworks.example" })).await;
    world.restart().await;
    for browser in [&mara, &ilo] {
        assert_eq!(browser.get(wiki.at("/")).await.status, 302);
    }
    assert_eq!(mara.open(wiki.at("/")).await.status, 403, "still deactivated");
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200, "revoked is not locked out");
}
