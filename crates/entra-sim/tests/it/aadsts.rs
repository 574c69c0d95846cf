//! Owns the walk through the whole table of errors: each row on each of its legs.

use entra_sim::oidc::aadsts::{self, Challenge, End, Leg, Row};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{CALLBACK, World, browser, location, query, with_query, world};

async fn switch(world: &World, order: Value) -> StatusCode {
    browser().put(format!("{}/sim/aadsts", world.sim.base)).json(&order).send().await.unwrap().status()
}

fn token_json(row: &Row, end: &End, status: StatusCode, body: &Value) {
    let code = row.code;
    assert_eq!(status.as_u16(), end.status, "{code}: {body}");
    assert_eq!(body["error"].as_str(), end.error, "{code}");
    assert_eq!(body["suberror"].as_str(), end.suberror, "{code}");
    assert_eq!(body["error_codes"], json!([code]));
    let lines: Vec<&str> = body["error_description"].as_str().unwrap().split("\r\n").collect();
    assert_eq!(lines[0], format!("AADSTS{code}: {}", row.text));
    assert_eq!(lines[1], format!("Trace ID: {}", body["trace_id"].as_str().unwrap()));
    assert_eq!(lines[2], format!("Correlation ID: {}", body["correlation_id"].as_str().unwrap()));
    assert_eq!(lines[3], format!("Timestamp: {}", body["timestamp"].as_str().unwrap()));
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
    assert!(body["error_uri"].as_str().unwrap().ends_with(&format!("/error?code={code}")));
    match end.challenge {
        Challenge::None => assert!(body.get("claims").is_none(), "{code}"),
        Challenge::Claims => {
            let claims: Value = serde_json::from_str(body["claims"].as_str().unwrap()).unwrap();
            assert_eq!(claims["access_token"]["capolids"]["essential"], true);
        }
    }
}

fn redirected(row: &Row, end: &End, target: &str) {
    let fields = query(target);
    assert_eq!(fields["error"], end.error.unwrap(), "{}", row.code);
    assert_eq!(fields.get("error_subcode").map(String::as_str), end.suberror, "{}", row.code);
    assert!(fields["error_description"].starts_with(&format!("AADSTS{}: ", row.code)));
    assert!(fields["error_description"].contains("\r\nCorrelation ID: "));
    assert_eq!(fields["state"], "st/ate");
    assert!(target.ends_with('#'));
}

async fn provoke(world: &World, row: &Row, end: &End) {
    let answer = switch(world, json!({"code": row.code, "leg": end.leg.name()})).await;
    assert_eq!(answer, StatusCode::NO_CONTENT, "{}", row.code);
    match end.leg {
        Leg::Page => {
            let answer = world.authorize(&world.usual()).await;
            assert!(answer.headers().get("location").is_none());
            assert_eq!(answer.status().as_u16(), end.status, "{}", row.code);
            let html = answer.text().await.unwrap();
            assert!(html.contains(&format!("AADSTS{}: ", row.code)) && html.contains("Correlation Id:"), "{html}");
        }
        Leg::Redirect => redirected(row, end, &location(&world.authorize(&world.usual()).await)),
        Leg::Silent => redirected(row, end, &location(&world.authorize(&world.with(&[("prompt", "none")])).await)),
        Leg::Token => {
            let (status, body) = world.token(&[("grant_type", "authorization_code")]).await;
            token_json(row, end, status, &body);
        }
        Leg::Refresh => {
            let (status, body) = world.token(&[("grant_type", "refresh_token")]).await;
            token_json(row, end, status, &body);
        }
        Leg::Discovery => {
            let url = format!("{}/v2.0/.well-known/openid-configuration", world.sim.authority());
            let answer = browser().get(url).send().await.unwrap();
            let status = answer.status();
            token_json(row, end, status, &answer.json().await.unwrap());
        }
        Leg::Consent => {
            let url = format!("{}/v2.0/adminconsent", world.sim.authority());
            let id = world.app.client_id.to_string();
            let params = [("client_id", id.as_str()), ("redirect_uri", CALLBACK), ("scope", "User.Read"), ("state", "st/ate")];
            let target = location(&world.browser.get(with_query(&url, &params)).send().await.unwrap());
            redirected(row, end, &target);
            assert_eq!(query(&target)["admin_consent"], "True");
            assert!(!query(&target).contains_key("tenant"));
        }
    }
}

#[tokio::test]
async fn every_row_can_be_provoked_on_each_of_its_legs() {
    let world = world().await;
    let rows = aadsts::rows();
    assert!(rows.len() > 90);
    for row in &rows {
        for end in &row.legs {
            provoke(&world, row, end).await;
        }
    }
    let left: Value = browser().get(format!("{}/sim/aadsts", world.sim.base)).send().await.unwrap().json().await.unwrap();
    assert_eq!(left["waiting"], json!([]));
    assert_eq!(left["rows"].as_array().unwrap().len(), rows.len());
}

#[tokio::test]
async fn a_page_turns_into_a_redirect_for_silent_requests_where_the_table_says_so() {
    let world = world().await;
    let silent = world.with(&[("prompt", "none")]);
    for (code, error) in [(53_003, "access_denied"), (53_000, "interaction_required"), (16_000, "interaction_required")] {
        switch(&world, json!({"code": code, "times": 2})).await;
        assert!(world.authorize(&world.usual()).await.headers().get("location").is_none());
        assert_eq!(query(&location(&world.authorize(&silent).await))["error"], error);
    }
    switch(&world, json!({"code": 50_011})).await;
    assert!(world.authorize(&silent).await.text().await.unwrap().contains("AADSTS50011"));
}

#[tokio::test]
async fn a_switch_can_choose_another_word_and_challenge_and_is_checked() {
    let world = world().await;
    switch(&world, json!({"code": 53_003, "leg": "silent", "error": "interaction_required"})).await;
    let back = location(&world.authorize(&world.with(&[("prompt", "none")])).await);
    assert_eq!(query(&back)["error"], "interaction_required");
    let wanted = json!({"access_token": {"acrs": {"essential": true, "value": "c2"}}});
    switch(&world, json!({"code": 50_076, "claims": wanted})).await;
    let (_, body) = world.token(&[("grant_type", "refresh_token")]).await;
    assert_eq!(serde_json::from_str::<Value>(body["claims"].as_str().unwrap()).unwrap(), wanted);
    for wrong in [json!({"code": 1}), json!({"code": 50_011, "leg": "token"}), json!({"code": 50_011, "error": "nope"})] {
        assert_eq!(switch(&world, wrong).await, StatusCode::BAD_REQUEST);
    }
}
