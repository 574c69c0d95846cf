//! The check of a login method, against the simulator.

use http::Method;
use serde_json::{Value, json};
use testkit::World;

/// The findings, and the whole answer as text.
async fn check(world: &World) -> (Vec<Value>, String) {
    let reply = world.api().call(Method::POST, &format!("doorward/identity_providers/{}/check", world.idp()), None).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let findings = reply.body["result"]["findings"].as_array().unwrap().clone();
    (findings, reply.body.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_finds_a_right_set_up_right_and_names_what_is_wrong() {
    let world = World::start().await;
    let (findings, text) = check(&world).await;
    assert!(findings.iter().all(|f| f["severity"] != "fault" && f["severity"] != "warning"), "{findings:#?}");
    let codes: Vec<&str> = findings.iter().map(|f| f["code"].as_str().unwrap()).collect();
    for known in ["secret-shape", "discovery", "keys", "clock", "client-credentials", "application-permissions", "liveness"] {
        assert!(codes.contains(&known), "{known} is not in {codes:?}");
    }
    let callback = format!("{}/cdn-cgi/access/callback", world.team());
    let redirect = findings.iter().find(|f| f["code"] == "redirect-uri").unwrap();
    assert!(redirect["text"].as_str().unwrap().contains(&callback), "{callback}");
    assert!(!text.contains(&world.sim().sign_in_app().unwrap().client_secret));

    let path = format!("access/identity_providers/{}", world.idp());
    let mut provider = world.api().get(&path).await;
    provider["config"]["client_secret"] = json!("not-the-secret");
    world.api().put(&path, provider).await;
    let (findings, text) = check(&world).await;
    let bad: Vec<&Value> = findings.iter().filter(|f| f["severity"] == "fault").collect();
    assert_eq!(bad.len(), 1, "{findings:#?}");
    assert_eq!(bad[0]["code"], "secret-refused");
    assert!(bad[0]["text"].as_str().unwrap().contains("AADSTS7000215"), "{}", bad[0]);
    assert!(!text.contains("not-the-secret"));
}
