//! Owns the tests of accounts that may not go on as they are: locked, expired, too long ago.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, browser, location, query, world};

const MARA: &str = "mara@harbourworks.example";
const PASSWORD: &str = "Harbour-Mara-1";

async fn put(world: &World, path: &str, order: Value) -> StatusCode {
    browser().put(format!("{}/sim/{path}", world.sim.base)).json(&order).send().await.unwrap().status()
}

async fn typed(world: &World, password: &str) -> String {
    let page = world.authorize(&world.with(&[("prompt", "login")])).await.text().await.unwrap();
    let answer = world.submit(&page, &[("loginfmt", MARA), ("passwd", password)]).await;
    match answer.headers().get("location") {
        Some(target) => target.to_str().unwrap().to_owned(),
        None => answer.text().await.unwrap(),
    }
}

async fn refresh(world: &World, tokens: &Value) -> (StatusCode, Value) {
    let id = world.app.client_id.to_string();
    world
        .token(&[
            ("grant_type", "refresh_token"),
            ("client_id", &id),
            ("client_secret", &world.app.client_secret),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ])
        .await
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_account_even_for_the_right_one() {
    let world = world().await;
    for _ in 0..9 {
        assert!(typed(&world, "wrong").await.contains("AADSTS50126"));
    }
    assert!(typed(&world, "wrong").await.contains("AADSTS50053"));
    assert!(typed(&world, PASSWORD).await.contains("AADSTS50053"));
    assert_eq!(put(&world, &format!("people/{MARA}"), json!({"locked": false})).await, 204);
    assert!(typed(&world, PASSWORD).await.contains("code="));
    put(&world, &format!("people/{MARA}"), json!({"locked": true})).await;
    assert!(typed(&world, PASSWORD).await.contains("AADSTS50053"));
    assert_eq!(put(&world, "people/nobody@harbourworks.example", json!({"locked": true})).await, 404);
}

#[tokio::test]
async fn an_expired_password_is_changed_at_the_sign_in_and_ends_refreshing_till_then() {
    let mut world = world().await;
    let tokens = world.tokens(MARA).await;
    put(&world, &format!("people/{MARA}"), json!({"password_expired": true})).await;
    let (status, body) = refresh(&world, &tokens).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!((&body["error"], &body["suberror"]), (&json!("invalid_grant"), &json!("user_password_expired")));
    assert_eq!(body["error_codes"][0], 50_055);
    world.browser = browser();
    let page = typed(&world, PASSWORD).await;
    assert!(page.contains("AADSTS50055") && page.contains("newpasswd"));
    let same = world.submit(&page, &[("passwd", PASSWORD), ("newpasswd", PASSWORD)]).await.text().await.unwrap();
    assert!(same.contains("differ from the old one"));
    let done = world.submit(&page, &[("passwd", PASSWORD), ("newpasswd", "Harbour-Mara-2")]).await;
    assert!(query(&location(&done)).contains_key("code"));
    assert!(typed(&world, PASSWORD).await.contains("AADSTS50126"));
    assert!(typed(&world, "Harbour-Mara-2").await.contains("code="));
    let (_, body) = refresh(&world, &tokens).await;
    assert_eq!(body["error_codes"][0], 50_173, "a new password revokes what the old one began");
}

#[tokio::test]
async fn a_sign_in_frequency_asks_for_the_password_again_and_ends_refreshing() {
    let world = world().await;
    let tokens = world.tokens(MARA).await;
    put(&world, "sign-in-frequency", json!({"seconds": 3600})).await;
    assert_eq!(refresh(&world, &tokens).await.0, StatusCode::OK);
    put(&world, "sign-in-frequency", json!({"seconds": 0})).await;
    let (status, body) = refresh(&world, &tokens).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!((&body["error"], &body["suberror"]), (&json!("invalid_grant"), &json!("token_expired")));
    assert_eq!(body["error_codes"][0], 70_043);
    let silent = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert_eq!(query(&location(&silent))["error"], "interaction_required");
    let page = world.authorize(&world.usual()).await.text().await.unwrap();
    assert!(page.contains("Enter password"));
    let done = world.submit(&page, &[("passwd", PASSWORD)]).await;
    assert!(query(&location(&done)).contains_key("code"));
    put(&world, "sign-in-frequency", json!({"seconds": null})).await;
    assert!(query(&location(&world.authorize(&world.usual()).await)).contains_key("code"));
}
