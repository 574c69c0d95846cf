//! Owns the tests of injected faults and of the guard before the control endpoints.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, browser, world};

async fn plan(world: &World, fault: Value) {
    let answer = browser().post(format!("{}/sim/faults", world.sim.base)).json(&fault).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn graph_can_be_throttled_broken_and_made_to_talk_nonsense() {
    let world = world().await;
    let admin = world.admin().await;
    plan(&world, json!({"target": "graph", "kind": "throttle", "retry_after": 2})).await;
    plan(&world, json!({"target": "graph", "kind": "unavailable"})).await;
    plan(&world, json!({"target": "graph", "kind": "forbidden"})).await;
    plan(&world, json!({"target": "graph", "kind": "hollow"})).await;
    let url = format!("{}/v1.0/groups", world.sim.base);
    let ask = || browser().get(&url).bearer_auth(&admin).send();
    let throttled = ask().await.unwrap();
    assert_eq!(throttled.status(), 429);
    assert_eq!(throttled.headers()["retry-after"], "2");
    assert_eq!(throttled.json::<Value>().await.unwrap()["error"]["code"], "TooManyRequests");
    assert_eq!(ask().await.unwrap().status(), 503);
    assert_eq!(ask().await.unwrap().status(), 403);
    assert_eq!(ask().await.unwrap().json::<Value>().await.unwrap(), json!({}));
    assert_eq!(ask().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_token_endpoint_and_the_keys_can_fail_too() {
    let world = world().await;
    plan(&world, json!({"target": "token", "kind": "unavailable", "count": 2})).await;
    for _ in 0..2 {
        let (status, body) = world.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!((status.as_u16(), &body["error"]), (503, &json!("temporarily_unavailable")));
    }
    assert_eq!(world.token(&[("grant_type", "client_credentials")]).await.0, 400);
    plan(&world, json!({"target": "jwks", "kind": "nonsense"})).await;
    let url = format!("{}/discovery/v2.0/keys", world.sim.authority());
    let text = browser().get(&url).send().await.unwrap().text().await.unwrap();
    assert!(text.starts_with("<html>"));
}

#[tokio::test]
async fn a_hanging_call_ends_when_the_simulator_stops() {
    let world = world().await;
    plan(&world, json!({"target": "discovery", "kind": "hang"})).await;
    let url = format!("{}/v2.0/.well-known/openid-configuration", world.sim.authority());
    let (sent, heard) = tokio::sync::oneshot::channel();
    let call = tokio::spawn(async move {
        let pending = browser().get(url).send();
        sent.send(()).unwrap();
        pending.await.map(|answer| answer.status())
    });
    heard.await.unwrap();
    // The fault is taken as soon as the call has arrived.
    loop {
        let waiting: Value = browser().get(format!("{}/sim/faults", world.sim.base)).send().await.unwrap().json().await.unwrap();
        if waiting["planned"].as_array().unwrap().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
    }
    world.sim.shutdown().await;
    let status = call.await.unwrap();
    assert!(status.is_err() || status.unwrap() == StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn control_endpoints_refuse_pages_of_elsewhere() {
    let world = world().await;
    let url = format!("{}/sim/tenant", world.sim.base);
    let open = browser().get(&url).send().await.unwrap();
    assert_eq!(open.status(), StatusCode::OK);
    for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
        let answer = browser().get(&url).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test]
async fn other_addresses_than_loopback_are_refused() {
    let config = entra_sim::Config::new("0.0.0.0:0".parse().unwrap(), "http://localhost:{port}");
    assert!(matches!(entra_sim::start(config).await, Err(entra_sim::StartError::NotLoopback(_))));
}

#[tokio::test]
async fn wrong_verbs_and_unreadable_bodies_are_refused() {
    let world = world().await;
    let admin = world.admin().await;
    assert_eq!(world.refused(&admin, Method::PUT, "/groups", None).await.0, 405);
    let answer = browser().post(format!("{}/v1.0/groups", world.sim.base)).bearer_auth(&admin).body("{broken").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let got = browser().get(format!("{}/oauth2/v2.0/token", world.sim.authority())).send().await.unwrap();
    assert_eq!(got.json::<Value>().await.unwrap()["error_codes"][0], 900_561);
}
