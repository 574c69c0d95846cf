//! Owns the tests of Conditional Access: policies over Graph, second factor, devices, blocks, authentication contexts.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, browser, location, payload, query, world};

const MARA: &str = "mara@harbourworks.example";
const ILO: &str = "ilo@harbourworks.example";
const TESSA: &str = "tessa@harbourworks.example";
const POLICIES: &str = "/identity/conditionalAccess/policies";
const CONTEXTS: &str = "/identity/conditionalAccess/authenticationContextClassReferences";

/// A simulator whose narrow pool is open, so that a test need not wait.
async fn open() -> World {
    let world = world().await;
    put(&world, "/sim/pool", json!({"mode": "off"})).await;
    world
}

async fn put(world: &World, path: &str, body: Value) {
    let answer = browser().put(format!("{}{path}", world.sim.base)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path} {body}");
}

async fn policy(world: &World, users: Value, applications: Value, rest: Value) -> String {
    let mut body = json!({"displayName": "Test", "state": "enabled", "conditions": {"users": users, "applications": applications, "clientAppTypes": ["all"]}});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let made = world.write(&world.admin().await, Method::POST, POLICIES, body).await;
    made["id"].as_str().unwrap().to_owned()
}

fn everyone() -> Value {
    json!({"includeUsers": ["All"]})
}

fn everything() -> Value {
    json!({"includeApplications": ["All"]})
}

fn demand(control: &str) -> Value {
    json!({"grantControls": {"operator": "OR", "builtInControls": [control]}})
}

fn context(id: &str) -> Value {
    json!({"includeAuthenticationContextClassReferences": [id]})
}

/// Gives name and password in a browser of its own; returns what comes after.
async fn password(params: Vec<(&'static str, String)>, world: &mut World, upn: &str) -> reqwest::Response {
    world.browser = browser();
    let page = world.authorize(&params).await.text().await.unwrap();
    let password = world.sim.person(upn).unwrap().password;
    world.submit(&page, &[("loginfmt", upn), ("passwd", &password)]).await
}

fn asking(world: &World, id: &str) -> Vec<(&'static str, String)> {
    let claims = json!({"id_token": {"acrs": {"essential": true, "value": id}}}).to_string();
    world.with(&[("claims", &claims)])
}

async fn acrs(world: &World, back: &reqwest::Response) -> Value {
    let (status, tokens) = world.redeem(&query(&location(back))["code"]).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    payload(tokens["id_token"].as_str().unwrap())["acrs"].clone()
}

async fn refresh(world: &World, tokens: &Value) -> (StatusCode, Value) {
    refresh_asking(world, tokens, "{}").await
}

async fn refresh_asking(world: &World, tokens: &Value, claims: &str) -> (StatusCode, Value) {
    let id = world.app.client_id.to_string();
    let secret = &world.app.client_secret;
    let token = tokens["refresh_token"].as_str().unwrap();
    let proof = [("client_id", id.as_str()), ("client_secret", secret)];
    world.token(&[&[("grant_type", "refresh_token"), ("refresh_token", token), ("claims", claims)], &proof[..]].concat()).await
}

#[tokio::test]
async fn a_second_factor_is_asked_once_per_browser_session() {
    let mut world = open().await;
    policy(&world, everyone(), everything(), demand("mfa")).await;
    let page = password(world.usual(), &mut world, MARA).await.text().await.unwrap();
    assert!(page.contains("name=\"otc\""), "{page}");
    let wrong = world.submit(&page, &[("otc", "654321")]).await.text().await.unwrap();
    assert!(wrong.contains("id=\"otcError\""));
    let back = world.submit(&wrong, &[("otc", "123456")]).await;
    assert!(query(&location(&back)).contains_key("code"));
    let again = world.authorize(&world.with(&[("prompt", "none")])).await;
    assert!(query(&location(&again)).contains_key("code"), "the session remembers it");
    let (_, tokens) = world.redeem(&query(&location(&again))["code"]).await;
    assert_eq!(refresh(&world, &tokens).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_policy_set_later_stops_silent_requests_and_refreshes() {
    let world = open().await;
    let tokens = world.tokens(MARA).await;
    let id = policy(&world, everyone(), everything(), demand("mfa")).await;
    let silent = query(&location(&world.authorize(&world.with(&[("prompt", "none")])).await));
    assert_eq!(silent["error"], "interaction_required");
    assert!(silent["error_description"].starts_with("AADSTS50076"));
    let (status, body) = refresh(&world, &tokens).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        (&body["error"], &body["suberror"], &body["error_codes"]),
        (&json!("invalid_grant"), &json!("basic_action"), &json!([50_076]))
    );
    let claims: Value = serde_json::from_str(body["claims"].as_str().unwrap()).unwrap();
    assert_eq!(claims.pointer("/access_token/capolids/values"), Some(&json!([id])));
    let admin = world.admin().await;
    let block = json!({"grantControls": {"operator": "OR", "builtInControls": ["block"]}});
    world.write(&admin, Method::PATCH, &format!("{POLICIES}/{id}"), block).await;
    let (_, body) = refresh(&world, &tokens).await;
    assert_eq!((&body["suberror"], &body["error_codes"]), (&json!("message_only"), &json!([53_003])));
    let page = world.authorize(&world.usual()).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("AADSTS53003"), "it stays on the page");
    for word in ["interaction_required", "access_denied"] {
        put(&world, "/sim/silent-block", json!({"mode": word})).await;
        assert_eq!(query(&location(&world.authorize(&world.with(&[("prompt", "none")])).await))["error"], word);
    }
    for (state, count) in [("enabledForReportingButNotEnforced", 1), ("disabled", 1)] {
        world.write(&admin, Method::PATCH, &format!("{POLICIES}/{id}"), json!({ "state": state })).await;
        assert_eq!(refresh(&world, &tokens).await.0, StatusCode::OK, "{state}");
        assert_eq!(world.get(&admin, POLICIES).await["value"].as_array().unwrap().len(), count);
    }
    world.write(&admin, Method::DELETE, &format!("{POLICIES}/{id}"), Value::Null).await;
    assert_eq!(world.refused(&admin, Method::GET, &format!("{POLICIES}/{id}"), None).await.0, 404);
}

#[tokio::test]
async fn a_compliant_device_opens_the_door_and_stays_with_the_refresh_token() {
    let mut world = open().await;
    policy(&world, everyone(), everything(), demand("compliantDevice")).await;
    let page = password(world.usual(), &mut world, TESSA).await.text().await.unwrap();
    assert!(page.contains("AADSTS53000"), "{page}");
    for (device, code) in [("TESSA-TABLET", false), ("TESSA-LAPTOP", true)] {
        let told = world.browser.get(format!("{}/sim/browser-device/{device}", world.sim.base)).send().await.unwrap();
        assert_eq!(told.status(), StatusCode::OK);
        assert_eq!(world.authorize(&world.usual()).await.status() == StatusCode::FOUND, code, "{device}");
    }
    let back = world.authorize(&world.usual()).await;
    let (_, tokens) = world.redeem(&query(&location(&back))["code"]).await;
    assert_eq!(refresh(&world, &tokens).await.0, StatusCode::OK);
    put(&world, "/sim/devices/TESSA-LAPTOP", json!({"complianceState": "noncompliant"})).await;
    let (_, body) = refresh(&world, &tokens).await;
    assert_eq!(body["error_codes"], json!([53_000]));
}

#[tokio::test]
async fn a_confidential_client_is_a_target_only_when_it_asks_for_an_id_token() {
    let mut world = open().await;
    let own = json!({"includeApplications": [world.app.client_id]});
    policy(&world, everyone(), own, demand("block")).await;
    let page = password(world.usual(), &mut world, MARA).await.text().await.unwrap();
    assert!(page.contains("AADSTS53003"));
    let without = world.with(&[("scope", "User.Read")]);
    let back = password(without, &mut world, MARA).await;
    assert!(query(&location(&back)).contains_key("code"));
}

#[tokio::test]
async fn a_sign_in_grows_stale_and_is_renewed_by_the_password() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    let hours = Arc::new(AtomicI64::new(0));
    let mut config = entra_sim::Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
    config.seed.redirect_uris = vec![crate::world::CALLBACK.into()];
    let moved = Arc::clone(&hours);
    config.now = Arc::new(move || time::OffsetDateTime::now_utc() + time::Duration::hours(moved.load(Ordering::SeqCst)));
    let sim = entra_sim::start(config).await.unwrap();
    let app = sim.sign_in_app().unwrap();
    let world = World { sim, browser: browser(), app };
    let tokens = world.tokens(MARA).await;
    let frequency =
        json!({"sessionControls": {"signInFrequency": {"isEnabled": true, "value": 2, "type": "hours", "frequencyInterval": "timeBased"}}});
    policy(&world, everyone(), everything(), frequency).await;
    assert_eq!(refresh(&world, &tokens).await.0, StatusCode::OK);
    hours.store(3, Ordering::SeqCst);
    let (_, body) = refresh(&world, &tokens).await;
    assert_eq!((&body["error_codes"], &body["suberror"]), (&json!([70_043]), &json!("token_expired")));
    let silent = query(&location(&world.authorize(&world.with(&[("prompt", "none")])).await));
    assert_eq!(silent["error"], "interaction_required");
    let page = world.authorize(&world.usual()).await.text().await.unwrap();
    assert!(page.contains("name=\"passwd\"") && page.contains(MARA));
    let secret = world.sim.person(MARA).unwrap().password;
    let back = world.submit(&page, &[("passwd", &secret)]).await;
    assert!(query(&location(&back)).contains_key("code"));
}

#[tokio::test]
async fn contexts_are_granted_as_the_table_says() {
    let mut world = open().await;
    let claims = |world: &World| world.with(&[("claims", r#"{"id_token":{"acrs":{"essential":true,"values":["c1","c2"]}}}"#)]);
    let back = password(claims(&world), &mut world, MARA).await;
    assert_eq!(acrs(&world, &back).await, json!(["c1", "c2"]), "no policy uses them");
    let back = password(world.usual(), &mut world, MARA).await;
    assert_eq!(acrs(&world, &back).await, Value::Null, "nothing asked, nothing said");
    let mara = world.sim.person(MARA).unwrap().id;
    policy(&world, json!({"includeUsers": ["All"], "excludeUsers": [mara]}), context("c1"), demand("mfa")).await;
    let back = password(asking(&world, "c1"), &mut world, MARA).await;
    assert_eq!(acrs(&world, &back).await, json!(["c1"]), "the policy leaves her out");
    let page = password(asking(&world, "c1"), &mut world, ILO).await.text().await.unwrap();
    let back = world.submit(&page, &[("otc", "123456")]).await;
    assert_eq!(acrs(&world, &back).await, json!(["c1"]), "it applies and is met");
    policy(&world, everyone(), context("c2"), demand("block")).await;
    let page = password(asking(&world, "c2"), &mut world, ILO).await;
    assert!(page.text().await.unwrap().contains("AADSTS53003"), "no token at all");
    put(&world, "/sim/acrs", json!({"mode": "withhold"})).await;
    let back = password(asking(&world, "c1"), &mut world, MARA).await;
    assert_eq!(acrs(&world, &back).await, Value::Null, "a token without what was asked for");
}

#[tokio::test]
async fn a_challenge_sent_with_a_refresh_is_met_or_told_what_is_missing() {
    let mut world = open().await;
    let tokens = world.tokens(MARA).await;
    let challenge = r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}},"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let told = |tokens: &Value| payload(tokens["id_token"].as_str().unwrap())["acrs"].clone();
    let (_, fresh) = refresh_asking(&world, &tokens, challenge).await;
    assert_eq!(told(&fresh), json!(["c1"]), "no policy uses it");
    policy(&world, everyone(), context("c1"), demand("mfa")).await;
    let (_, body) = refresh_asking(&world, &tokens, challenge).await;
    assert_eq!((&body["error"], &body["error_codes"]), (&json!("invalid_grant"), &json!([50_076])));
    assert!(body["claims"].is_string());
    let (_, fresh) = refresh(&world, &tokens).await;
    assert_eq!(told(&fresh), Value::Null, "without the challenge nothing stands in the way");
    let page = password(asking(&world, "c1"), &mut world, MARA).await.text().await.unwrap();
    let back = world.submit(&page, &[("otc", "123456")]).await;
    let (_, tokens) = world.redeem(&query(&location(&back))["code"]).await;
    let (_, fresh) = refresh_asking(&world, &tokens, challenge).await;
    assert_eq!(told(&fresh), json!(["c1"]), "the second factor stays with the refresh token");
}

#[tokio::test]
async fn contexts_that_hold_anyhow_are_told_to_those_who_opted_in() {
    // Microsoft's worked example: policy A wants a second factor for c1 except of X, policy B blocks c2 and c3 except for J.
    let mut world = open().await;
    let (x, j) = (MARA, ILO);
    let id = |upn: &str| world.sim.person(upn).unwrap().id;
    let except = |upn: &str| json!({"includeUsers": ["All"], "excludeUsers": [id(upn)]});
    policy(&world, except(x), context("c1"), demand("mfa")).await;
    let both = json!({"includeAuthenticationContextClassReferences": ["c2", "c3"]});
    policy(&world, except(j), both, demand("block")).await;
    let admin = world.admin().await;
    let opted = json!({"optionalClaims": {"idToken": [{"name": "acrs"}], "accessToken": [], "saml2Token": []}});
    world.write(&admin, Method::PATCH, &format!("/applications/{}", world.app.object_id), opted).await;
    let back = password(world.usual(), &mut world, x).await;
    assert_eq!(acrs(&world, &back).await, json!(["c1"]));
    let back = password(world.usual(), &mut world, j).await;
    assert_eq!(acrs(&world, &back).await, json!(["c2", "c3"]));
    let page = password(asking(&world, "c1"), &mut world, j).await.text().await.unwrap();
    let back = world.submit(&page, &[("otc", "123456")]).await;
    assert_eq!(acrs(&world, &back).await, json!(["c1", "c2", "c3"]));
    let page = password(asking(&world, "c2"), &mut world, x).await;
    assert!(page.text().await.unwrap().contains("AADSTS53003"));
}

#[tokio::test]
async fn contexts_are_made_and_changed_over_graph_at_one_request_a_second() {
    let world = open().await;
    let admin = world.admin().await;
    let made = world.write(&admin, Method::POST, CONTEXTS, json!({"id": "c7", "displayName": "On board", "isAvailable": false})).await;
    assert_eq!(made["id"], "c7");
    assert_eq!(world.refused(&admin, Method::POST, CONTEXTS, Some(json!({"id": "c100", "displayName": "x"}))).await.0, 400);
    world.write(&admin, Method::PATCH, &format!("{CONTEXTS}/c7"), json!({"isAvailable": true})).await;
    assert_eq!(world.get(&admin, &format!("{CONTEXTS}/c7")).await["isAvailable"], true);
    put(&world, "/sim/pool", json!({"mode": "on"})).await;
    // Of a burst at most one call a second comes through; the others hear no time to wait.
    let mut refused = 0;
    for _ in 0..6 {
        let answer = browser().get(format!("{}/v1.0{CONTEXTS}", world.sim.base)).bearer_auth(&admin).send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().get("retry-after").is_none());
            refused += 1;
        }
    }
    assert!(refused >= 1);
}

#[tokio::test]
async fn policies_need_their_permission_and_what_is_not_simulated_is_refused() {
    let world = open().await;
    let admin = world.admin().await;
    let person = world.tokens(MARA).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.refused(&person, Method::GET, POLICIES, None).await.0, 403);
    let body = json!({"displayName": "x", "state": "enabled", "conditions": {"users": everyone(), "applications": everything(), "platforms": {"includePlatforms": ["all"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}});
    assert_eq!(world.refused(&admin, Method::POST, POLICIES, Some(body)).await.0, 400);
    let unknown = json!({"displayName": "x", "state": "enabled", "conditions": {"users": {"includeUsers": [uuid::Uuid::new_v4()]}, "applications": everything()},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}});
    assert_eq!(world.refused(&admin, Method::POST, POLICIES, Some(unknown)).await.0, 400);
}

const NAMED: &str = r#"{
  "tenant": {"domain": "pier.example", "displayName": "Pier"},
  "users": [{"userPrincipalName": "ada@pier.example", "displayName": "Ada", "mailNickname": "ada", "password": "Pier-Ada-1"},
            {"userPrincipalName": "bo@pier.example", "displayName": "Bo", "mailNickname": "bo", "password": "Pier-Bo-1"}],
  "groups": [{"name": "Inner", "members": ["ada@pier.example"]}, {"name": "Outer", "members": ["group:Inner"]}],
  "apps": [{"name": "doorward", "delegated": ["openid", "profile", "email", "offline_access", "User.Read", "GroupMember.Read.All"]}],
  "policies": [{"displayName": "Outer stays out", "state": "enabled",
    "conditions": {"users": {"includeGroups": ["Outer"], "excludeUsers": ["bo@pier.example"]}, "applications": {"includeApplications": ["doorward"]}},
    "grantControls": {"operator": "OR", "builtInControls": ["block"]}}]
}"#;

#[tokio::test]
async fn a_tenant_file_names_people_groups_and_applications_in_its_policies() {
    let seed = |text: String| entra_sim::Seed {
        tenant: entra_sim::TenantSource::Json(text),
        redirect_uris: vec![crate::world::CALLBACK.into()],
        ..entra_sim::Seed::default()
    };
    let mut world = crate::world::world_of(seed(NAMED.into())).await;
    let page = password(world.usual(), &mut world, "ada@pier.example").await;
    assert!(page.text().await.unwrap().contains("AADSTS53003"));
    let back = password(world.usual(), &mut world, "bo@pier.example").await;
    assert!(query(&location(&back)).contains_key("code"));
    for (text, with) in [("\"Outer\"], \"exc", "\"Nowhere\"], \"exc"), ("\"doorward\"]}}", "\"Wiki\"]}}"), ("\"block\"", "\"pray\"")] {
        let mut config = entra_sim::Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
        assert!(NAMED.contains(text));
        config.seed = seed(NAMED.replace(text, with));
        assert!(matches!(entra_sim::start(config).await, Err(entra_sim::StartError::Seed(_))), "{with}");
    }
}

#[tokio::test]
async fn a_client_may_insist_on_a_second_factor_and_consent_comes_after_it() {
    let mut world = open().await;
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:microsoft:policies:mfa"]}}}"#;
    let params = world.with(&[("claims", claims), ("prompt", "consent")]);
    let page = password(params, &mut world, MARA).await.text().await.unwrap();
    assert!(page.contains("name=\"otc\""));
    let skipped = world.submit(&page, &[("accept", "1")]).await.text().await.unwrap();
    assert!(skipped.contains("name=\"otc\""), "accepting does not stand in for the code");
    let consent = world.submit(&skipped, &[("otc", "123456")]).await.text().await.unwrap();
    assert!(consent.contains("name=\"accept\""));
    let back = world.submit(&consent, &[("accept", "1")]).await;
    assert!(query(&location(&back)).contains_key("code"));
}

#[tokio::test]
async fn a_person_may_read_contexts_with_their_own_permission() {
    let world = open().await;
    let scope = "openid profile User.Read Policy.Read.ConditionalAccess";
    let (app, secret) = crate::administration::make_app(&world, scope).await;
    let token = crate::administration::token_of(&world, &app, &secret, MARA, scope).await;
    assert_eq!(world.get(&token, CONTEXTS).await["value"].as_array().unwrap().len(), 3);
    assert_eq!(world.refused(&token, Method::PATCH, &format!("{CONTEXTS}/c1"), Some(json!({"isAvailable": false}))).await.0, 403);
}
