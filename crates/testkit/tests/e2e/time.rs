//! What runs out: meta, states, tickets, tokens, sessions, keys. Time is moved, never waited for.

use serde_json::{Value, json};
use testkit::{Page, World, allow_group};

const CALLBACK: &str = "/cdn-cgi/access/callback";

fn asked_provider(page: &Page) -> bool {
    page.trail().iter().any(|url| url.host_str() == Some("localhost"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meta_state_and_ticket_run_out() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    let login = browser.get(wiki.at("/")).await.location().unwrap();
    world.pass(298);
    assert_eq!(browser.get(&login).await.status, 302);
    world.pass(3);
    assert_eq!(browser.get(&login).await.status, 404, "meta lives 300 s");

    let callback = browser.open_until(wiki.at("/"), CALLBACK).await;
    world.pass(3601);
    assert_eq!(browser.get(callback).await.status, 400, "a state lives an hour");

    let ticket = browser.open_until(wiki.at("/"), "/cdn-cgi/access/authorized").await;
    world.pass(121);
    assert_eq!(browser.get(ticket).await.status, 400, "a ticket lives two minutes");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_application_token_is_renewed_silently_on_the_stored_identity() {
    let world = World::start().await;
    let policy = world.policy(&allow_group("Pilots").for_("30m")).await;
    let wiki = world.app("wiki").create().await;
    let path = format!("access/apps/{}", wiki.id);
    let mut app = world.api().get(&path).await;
    app["policies"] = json!([policy]);
    world.api().put(&path, app).await;
    let browser = world.browser().sign_in("mara");
    assert!(asked_provider(&browser.open(wiki.at("/")).await));
    world.pass(1790);
    assert_eq!(browser.get(wiki.at("/")).await.status, 200);
    world.graph_admin().leave("mara", "Night Pilots").await;
    world.pass(20);
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
    let renewed = browser.open(wiki.at("/")).await;
    assert!(renewed.status == 200 && !asked_provider(&renewed), "the groups of the sign-in still count");
    world.pass(1810);
    world.api().put(&format!("access/policies/{policy}"), world.policy_body(&allow_group("Dock Crew"))).await;
    assert_eq!(browser.open(wiki.at("/")).await.status, 403, "the policies are run anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_organisations_session_ends_and_no_token_outlives_it() {
    let world = World::plan().organization(json!({ "session_duration": "1h" })).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots").for_("24h")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    let kept = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let (_, claims) = crate::claims::unchecked(&kept);
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 3600);
    world.pass(3601);
    browser.jar(|jar| jar.put("wiki.localhost", "CF_Authorization", &kept));
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
    let again = browser.open(wiki.at("/")).await;
    assert!(again.status == 200 && asked_provider(&again), "a sign-in at the provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expires_immediately_still_lets_the_redirect_land() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).with("session_duration", "0s".into()).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    world.pass(11);
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_key_is_good_for_a_week_and_then_worthless() {
    let world = World::plan().organization(json!({ "session_duration": "730h" })).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).with("session_duration", "730h".into()).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    world.api().post("access/keys/rotate", Value::Null).await;
    let count =
        || async { world.browser().get(format!("{}/cdn-cgi/access/certs", world.team())).await.json()["keys"].as_array().unwrap().len() };
    world.pass(6 * 86_400);
    assert_eq!((browser.get(wiki.at("/")).await.status, count().await), (200, 2));
    world.pass(86_400 + 10);
    assert_eq!((browser.get(wiki.at("/")).await.status, count().await), (302, 1));
    let again = browser.open(wiki.at("/")).await;
    assert!(again.status == 200 && asked_provider(&again), "the organisation's token was of the old key as well");
}
