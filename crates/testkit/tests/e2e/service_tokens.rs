//! Programs: service tokens in strict mode and out of it.

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Page, Rule, World, allow, allow_group, service_auth};

use crate::claims::verified;

struct Program {
    id: String,
    client_id: String,
    secret: String,
}

async fn program(world: &World, name: &str) -> Program {
    let made = world.api().service_token(name, "8760h").await;
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    Program { id: text("id"), client_id: text("client_id"), secret: text("client_secret") }
}

async fn ask(world: &World, app: &App, id: &str, secret: &str) -> Page {
    let browser = world.browser();
    browser.ask(Method::GET, app.at("/api")).header("CF-Access-Client-Id", id).header("CF-Access-Client-Secret", secret).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_strict_mode_credentials_are_judged_alone_and_no_cookie_comes_back() {
    let world = World::start().await;
    let feed = program(&world, "berth feed").await;
    let other = program(&world, "other").await;
    let berths = world.app("berths").policy(service_auth(Rule::Token(feed.id.clone()))).policy(allow_group("Dock Crew")).create().await;
    assert_eq!(world.api().get("access/organizations").await["strict_service_token_auth"], true, "strict from the first day");

    let good = ask(&world, &berths, &feed.client_id, &feed.secret).await;
    assert_eq!((good.status, good.set_cookies().len()), (200, 0), "{}", good.body);
    let seen = world.origin().one();
    let claims = verified(&world, seen.header("cf-access-jwt-assertion").unwrap(), &berths.aud).await;
    assert_eq!(claims["common_name"], feed.client_id.as_str());
    assert_eq!((&claims["type"], &claims["sub"], &claims["iss"]), (&"app".into(), &"".into(), &world.team().into()));
    for absent in ["email", "identity_nonce", "nbf"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    for absent in ["cf-access-client-id", "cf-access-client-secret", "cf-access-authenticated-user-email", "cookie"] {
        assert_eq!(seen.header(absent), None, "{absent}");
    }

    for (what, id, secret, status) in [
        ("wrong secret", feed.client_id.as_str(), "nonsense", 401),
        ("another's secret", &feed.client_id, &other.secret, 401),
        ("unknown id", "0d9f3c5be1a24768b0cf4e21a7d8935c.access", &feed.secret, 401),
        ("empty", "", "", 401),
        ("good, but not admitted", &other.client_id, &other.secret, 403),
    ] {
        let page = ask(&world, &berths, id, secret).await;
        assert_eq!((page.status, page.set_cookies().len()), (status, 0), "{what}");
        assert!(page.json()["error"].is_string(), "{what}");
        assert_eq!(page.header("cf-access-aud"), Some(berths.aud.as_str()));
    }
    let browser = world.browser();
    let half = browser.ask(Method::GET, berths.at("/")).header("cf-access-client-id", &feed.client_id).send().await;
    assert_eq!(half.status, 401, "half");
    let doubled = browser.ask(Method::GET, berths.at("/")).header("cf-access-client-id", &feed.client_id);
    let doubled = doubled.header("cf-access-client-id", &feed.client_id).header("cf-access-client-secret", &feed.secret);
    assert_eq!(doubled.send().await.status, 401, "doubled");
    assert!(world.origin().taken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_strict_mode_neither_cookie_nor_allow_policy_saves_a_program() {
    let world = World::start().await;
    let feed = program(&world, "feed").await;
    let berths = world.app("berths").policy(allow(Rule::Everyone)).create().await;
    let tessa = world.browser().sign_in("tessa");
    assert_eq!(tessa.open(berths.at("/")).await.status, 200);
    let with = |secret: String| {
        let ask = tessa.ask(Method::GET, berths.at("/")).header("cf-access-client-id", &feed.client_id);
        ask.header("cf-access-client-secret", &secret).send()
    };
    assert_eq!(with(feed.secret.clone()).await.status, 403);
    assert_eq!(with("wrong".into()).await.status, 401);
    assert_eq!(tessa.get(berths.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_keeps_the_client_id_and_the_former_secret_only_as_long_as_told() {
    let world = World::start().await;
    let feed = program(&world, "feed").await;
    let app = world.app("berths").policy(service_auth(Rule::AnyToken)).create().await;
    let at = |secs: i64| {
        let end = world.network().clock().now() + time::Duration::seconds(secs);
        end.format(&time::format_description::well_known::Rfc3339).unwrap()
    };
    let path = format!("access/service_tokens/{}", feed.id);
    let rotation = format!("{path}/rotate");
    let rotate = |body: Value| world.api().post(&rotation, body);
    let second = rotate(json!({ "previous_client_secret_expires_at": at(3600) })).await;
    assert_eq!(second["client_id"], feed.client_id.as_str());
    let second = second["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, &app, &feed.client_id, &feed.secret).await.status, 200);
    assert_eq!(ask(&world, &app, &feed.client_id, &second).await.status, 200);
    world.pass(3601);
    assert_eq!(ask(&world, &app, &feed.client_id, &feed.secret).await.status, 401);
    assert_eq!(ask(&world, &app, &feed.client_id, &second).await.status, 200);
    let third = rotate(json!({})).await["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, &app, &feed.client_id, &second).await.status, 401, "left out means now");
    assert_eq!(ask(&world, &app, &feed.client_id, &third).await.status, 200);

    rotate(json!({ "previous_client_secret_expires_at": at(3600) })).await;
    let mut token = world.api().get(&path).await;
    token["enabled"] = false.into();
    world.api().put(&path, token).await;
    assert_eq!(ask(&world, &app, &feed.client_id, &third).await.status, 401, "disabled, the former secret too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_is_refused_until_it_is_refreshed() {
    let world = World::start().await;
    let made = world.api().service_token("short", "1m").await;
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let app = world.app("berths").policy(service_auth(Rule::AnyToken)).create().await;
    assert_eq!(ask(&world, &app, &text("client_id"), &text("client_secret")).await.status, 200);
    world.pass(61);
    assert_eq!(ask(&world, &app, &text("client_id"), &text("client_secret")).await.status, 401);
    world.api().post(&format!("access/service_tokens/{}/refresh", text("id")), Value::Null).await;
    assert_eq!(ask(&world, &app, &text("client_id"), &text("client_secret")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_strict_mode_the_first_success_gives_a_cookie_that_is_good_alone() {
    let world = World::plan().organization(json!({ "strict_service_token_auth": false })).start().await;
    let feed = program(&world, "feed").await;
    let app = world.app("berths").policy(service_auth(Rule::Token(feed.id.clone()))).create().await;
    let other = world.app("other").policy(service_auth(Rule::Token(feed.id.clone()))).create().await;
    let first = ask(&world, &app, &feed.client_id, &feed.secret).await;
    assert_eq!(first.status, 200);
    let line = first.set_cookie("CF_Authorization").unwrap();
    assert!(line.contains("Expires=") && line.contains("Secure") && line.contains("HttpOnly"), "{line}");
    let cookie = line.split(['=', ';']).nth(1).unwrap().to_owned();
    let by_cookie = |app: &App| {
        let browser = world.browser();
        browser.jar(|jar| jar.put(&app.host, "CF_Authorization", &cookie));
        let url = app.at("/api");
        async move { browser.get(url).await.status }
    };
    assert_eq!(by_cookie(&app).await, 200);
    assert_eq!(by_cookie(&other).await, 403, "the cookie is for one application, and no sign-in would help here");
    assert_eq!(ask(&world, &app, &feed.client_id, "wrong").await.status, 403);
    let people = || world.app("people").policy(service_auth(Rule::Token(feed.id.clone()))).policy(allow_group("Pilots"));
    let shown = people().create().await;
    assert_eq!(ask(&world, &shown, &feed.client_id, "wrong").await.status, 302, "a person may still sign in");
    let quiet = people().with("name", "quiet".into()).with("domain", "quiet.localhost".into());
    let quiet = quiet.with("service_auth_401_redirect", true.into()).create().await;
    assert_eq!(ask(&world, &quiet, &feed.client_id, "wrong").await.status, 401);

    let path = format!("access/service_tokens/{}", feed.id);
    let refused = world.api().call(Method::DELETE, &path, None).await;
    assert_eq!(refused.status, 409, "policies name it: {}", refused.body);
    let mut token = world.api().get(&path).await;
    token["enabled"] = false.into();
    world.api().put(&path, token).await;
    assert_eq!(by_cookie(&app).await, 403, "disabled ends the cookie as well");
}
