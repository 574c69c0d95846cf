//! Owns the tests of what a careful client must bear: a wrong clock, odd ID tokens, hostile answers, delays.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, browser, world};

const MARA: &str = "mara@harbourworks.example";

async fn put(world: &World, path: &str, order: Value) {
    let answer = browser().put(format!("{}/sim/{path}", world.sim.base)).json(&order).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{}", answer.text().await.unwrap());
}

async fn plan(world: &World, fault: Value) -> StatusCode {
    browser().post(format!("{}/sim/faults", world.sim.base)).json(&fault).send().await.unwrap().status()
}

fn discovery(world: &World) -> String {
    format!("{}/v2.0/.well-known/openid-configuration", world.sim.authority())
}

#[tokio::test]
async fn a_wrong_clock_shows_in_the_date_header_and_in_tokens_and_graph_still_takes_them() {
    let mut world = world().await;
    put(&world, "clock", json!({"skew_seconds": -7200})).await;
    let answer = browser().get(discovery(&world)).send().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap().to_owned();
    let told = time::OffsetDateTime::parse(&date, &time::format_description::well_known::Rfc2822).unwrap();
    let age = (time::OffsetDateTime::now_utc() - told).whole_seconds();
    assert!((7_195..7_230).contains(&age), "{date}");
    let claims = world.claims(MARA).await;
    let behind = time::OffsetDateTime::now_utc().unix_timestamp() - claims["iat"].as_i64().unwrap();
    assert!((7_495..7_560).contains(&behind), "{behind}");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_900);
    let admin = world.admin().await;
    world.get(&admin, "/groups?$top=1").await;
    put(&world, "clock", json!({"skew_seconds": 0})).await;
    let again = world.claims(MARA).await;
    assert!(again["iat"].as_i64().unwrap() > claims["iat"].as_i64().unwrap() + 7_000);
}

#[tokio::test]
async fn an_id_token_can_have_the_older_shape_or_lack_a_claim() {
    let mut world = world().await;
    put(&world, "id-token", json!({"version": "1.0", "times": 1})).await;
    let older = world.claims(MARA).await;
    assert_eq!(older["ver"], "1.0");
    assert_eq!(older["iss"], format!("https://sts.windows.net/{}/", world.sim.tenant_id()));
    assert_eq!(older["upn"], MARA);
    assert_eq!(older["amr"], json!(["pwd"]));
    let usual = world.claims(MARA).await;
    assert_eq!(usual["ver"], "2.0");
    put(&world, "id-token", json!({"withhold": ["oid", "groups"], "set": {"tid": "not a guid"}})).await;
    let odd = world.claims(MARA).await;
    assert!(odd.get("oid").is_none() && odd.get("groups").is_none());
    assert_eq!(odd["tid"], "not a guid");
    put(&world, "id-token", json!(null)).await;
    assert!(world.claims(MARA).await.get("oid").is_some());
}

#[tokio::test]
async fn discovery_and_keys_can_be_huge_mislabelled_slow_or_lead_elsewhere() {
    let world = world().await;
    assert_eq!(plan(&world, json!({"target": "discovery", "kind": "huge", "bytes": 3_000_000})).await, 204);
    let huge = browser().get(discovery(&world)).send().await.unwrap().bytes().await.unwrap();
    assert!(huge.len() > 2_900_000);
    assert!(serde_json::from_slice::<Value>(&huge).is_ok());
    plan(&world, json!({"target": "jwks", "kind": "wrong-type"})).await;
    let keys = format!("{}/discovery/v2.0/keys", world.sim.authority());
    let odd = browser().get(&keys).send().await.unwrap();
    assert_eq!(odd.headers()["content-type"], "text/html; charset=utf-8");
    assert!(odd.json::<Value>().await.unwrap()["keys"].is_array());
    plan(&world, json!({"target": "discovery", "kind": "redirect"})).await;
    let moved = browser().get(discovery(&world)).send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::FOUND);
    assert_eq!(moved.headers()["location"], "http://169.254.169.254/latest/meta-data/");
    plan(&world, json!({"target": "jwks", "kind": "redirect", "to": "http://10.0.0.1/keys"})).await;
    assert_eq!(browser().get(&keys).send().await.unwrap().headers()["location"], "http://10.0.0.1/keys");
    plan(&world, json!({"target": "discovery", "kind": "slow", "millis": 0})).await;
    let slow = browser().get(discovery(&world)).send().await.unwrap();
    assert!(slow.headers().get("content-length").is_none());
    assert!(slow.json::<Value>().await.unwrap()["issuer"].is_string());
}

#[tokio::test]
async fn a_list_of_graph_can_link_to_itself_or_elsewhere() {
    let world = world().await;
    let admin = world.admin().await;
    plan(&world, json!({"target": "graph", "kind": "loop", "count": 2})).await;
    let mut next = "/groups?$top=2".to_owned();
    for _ in 0..2 {
        let page = world.get(&admin, &next).await;
        assert_eq!(page["value"].as_array().unwrap().len(), 2);
        next = page["@odata.nextLink"].as_str().unwrap().to_owned();
        assert!(next.ends_with("/v1.0/groups?$top=2"), "{next}");
    }
    plan(&world, json!({"target": "graph", "kind": "loop", "to": "https://evil.example/v1.0/groups"})).await;
    assert_eq!(world.get(&admin, "/groups").await["@odata.nextLink"], "https://evil.example/v1.0/groups");
    assert_eq!(plan(&world, json!({"target": "jwks", "kind": "loop"})).await, 400);
    assert_eq!(plan(&world, json!({"target": "jwks", "kind": "huge", "bytes": 1_u64 << 40})).await, 400);
}

#[tokio::test]
async fn a_part_of_the_service_can_take_longer_and_the_token_endpoint_can_throttle() {
    let world = world().await;
    put(&world, "latency", json!({"target": "token", "millis": 120})).await;
    let begun = std::time::Instant::now();
    world.admin().await;
    assert!(begun.elapsed().as_millis() >= 120);
    put(&world, "latency", json!({"target": "token", "millis": 0})).await;
    let shown: Value = browser().get(format!("{}/sim/switches", world.sim.base)).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["latency"], json!({}));
    let over = browser().put(format!("{}/sim/latency", world.sim.base)).json(&json!({"target": "token", "millis": 600_000})).send().await;
    assert_eq!(over.unwrap().status(), StatusCode::BAD_REQUEST);
    plan(&world, json!({"target": "token", "kind": "throttle", "retry_after": 3})).await;
    let url = format!("{}/oauth2/v2.0/token", world.sim.authority());
    let throttled = browser().post(url).form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    assert_eq!(throttled.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(throttled.headers()["retry-after"], "3");
}
