//! The provider down, slow, talking nonsense, or refusing: a page that says so with a reference, in under ten seconds, and nobody let in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{App, Page, Tenant, World, allow_group};

/// Nothing hangs longer.
const LONGEST: Duration = Duration::from_secs(10);

/// A page of ours that refuses, whose reference finds the failed sign-in.
async fn told(world: &World, page: &Page, status: u16, words: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert!(page.body.contains(words), "{words}: {}", page.body);
    assert!(page.set_cookies().iter().all(|line| !line.starts_with("CF_Authorization=")));
    let decision = world.api().decision(&page.reference()).await;
    assert_eq!(decision["allowed"], false, "{decision}");
    assert_eq!(decision["explanation"]["reason"], "sign-in-failed", "{decision}");
}

async fn sign_in_with(world: &World, app: &App, fault: Value) -> Page {
    world.fault(fault).await;
    let page = world.browser().sign_in("mara").open(app.at("/")).await;
    world.heal().await;
    page
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_in_trouble_is_said_to_be_so() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    for (target, kind, status, words) in [
        ("token", "unavailable", 502, "Harbour Works Entra cannot be reached"),
        ("token", "throttle", 502, "Harbour Works Entra cannot be reached"),
        ("token", "nonsense", 403, "did not pass the checks"),
        ("token", "hollow", 403, "did not pass the checks"),
        ("discovery", "nonsense", 403, "did not pass the checks"),
        ("discovery", "unavailable", 502, "Harbour Works Entra cannot be reached"),
        ("jwks", "hollow", 403, "did not pass the checks"),
        ("jwks", "unavailable", 502, "Harbour Works Entra cannot be reached"),
    ] {
        // Keys are cached: only a fresh server asks for them.
        let fresh = if target == "token" { None } else { Some(World::start().await) };
        let (world, wiki) = match &fresh {
            Some(fresh) => (fresh, fresh.app("wiki").policy(allow_group("Pilots")).create().await),
            None => (&world, wiki.clone()),
        };
        let page = sign_in_with(world, &wiki, json!({ "target": target, "kind": kind, "count": 4, "retry_after": 0 })).await;
        told(world, &page, status, words).await;
    }
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200, "healed");
    assert_eq!(world.origin().taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_gone_is_said_to_be_so_and_live_sessions_go_on() {
    let mut world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let live = world.browser().sign_in("ilo");
    assert_eq!(live.open(wiki.at("/")).await.status, 200);
    let browser = world.browser().sign_in("mara");
    let callback = browser.open_until(wiki.at("/"), "/cdn-cgi/access/callback").await;
    world.stop_entra().await;
    let page = browser.get(callback).await;
    told(&world, &page, 502, "Harbour Works Entra cannot be reached").await;
    assert!(page.body.contains(&wiki.at("/")), "the way to try again: {}", page.body);
    assert_eq!(live.get(wiki.at("/")).await.status, 200, "proxying needs no provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_is_given_up_in_time() {
    let world = World::plan().tenant(Tenant::harbour_works().in_many_groups("ilo", 240)).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    world.fault(json!({ "target": "token", "kind": "hang" })).await;
    let token = async {
        let browser = world.browser().sign_in("mara");
        let callback = browser.open_until(wiki.at("/"), "/cdn-cgi/access/callback").await;
        let began = Instant::now();
        (browser.get(callback).await, began.elapsed())
    };
    // Graph hangs in a world of its own, at the same time.
    let other = World::plan().tenant(Tenant::harbour_works().in_many_groups("ilo", 240)).start().await;
    let charts = other.app("charts").policy(allow_group("Pilots")).create().await;
    other.fault(json!({ "target": "graph", "kind": "hang", "path": "/me/" })).await;
    let graph = async {
        let browser = other.browser().sign_in("ilo");
        let callback = browser.open_until(charts.at("/"), "/cdn-cgi/access/callback").await;
        let began = Instant::now();
        (browser.get(callback).await, began.elapsed())
    };
    let ((no_token, token_took), (no_groups, graph_took)) = tokio::join!(token, graph);
    told(&world, &no_token, 502, "Harbour Works Entra cannot be reached").await;
    assert_eq!(no_groups.status, 403);
    assert!(no_groups.body.contains("the directory did not answer when they were read"), "{}", no_groups.body);
    assert!(token_took < LONGEST && graph_took < LONGEST, "{token_took:?} {graph_took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_a_matter_for_the_administrator_and_mended_by_a_put() {
    let world = World::plan().provider("client_secret", "not-the-secret".into()).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let page = world.browser().sign_in("mara").open(wiki.at("/")).await;
    told(&world, &page, 403, "the settings on the two sides do not fit").await;
    assert!(page.body.contains("AADSTS7000215"), "{}", page.body);
    assert!(!page.body.contains("not-the-secret"));

    let path = format!("access/identity_providers/{}", world.idp());
    let mut provider = world.api().get(&path).await;
    assert!(provider["config"].get("client_secret").is_none_or(|shown| !shown.to_string().contains("not-the")), "{provider}");
    provider["config"]["client_secret"] = json!(world.sim().sign_in_app().unwrap().client_secret);
    world.api().put(&path, provider).await;
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200);

    let mut provider = world.api().get(&path).await;
    provider["config"]["prompt"] = json!("select_account");
    world.api().put(&path, provider).await;
    let page = world.browser().sign_in("mara").open(wiki.at("/")).await;
    assert_eq!(page.status, 200, "a PUT without the secret keeps it");
    let authorize = page.hops.iter().find(|hop| hop.url.path().ends_with("/authorize")).unwrap();
    assert_eq!(authorize.param("prompt").as_deref(), Some("select_account"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_cancels_and_one_who_is_not_assigned_are_told_so() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    let form = browser.open(wiki.at("/")).await;
    let mut fields = form.hidden();
    fields.push(("cancel".into(), "1".into()));
    let back = browser.submit(&form.action().unwrap(), &fields).await;
    let page = browser.get(back.location().unwrap()).await;
    told(&world, &page, 403, "The sign-in with Harbour Works Entra was cancelled").await;

    let graph = world.graph_admin();
    let principal = world.sim().sign_in_app().unwrap().service_principal_id;
    let body = json!({ "appRoleAssignmentRequired": true });
    graph.call(http::Method::PATCH, &format!("/servicePrincipals/{principal}"), Some(body)).await;
    let page = world.browser().sign_in("mara").open(wiki.at("/")).await;
    assert_eq!((page.status, page.url.host_str()), (200, Some("localhost")), "Entra keeps such a person on its own page");
    assert!(page.body.contains("AADSTS50105"), "{}", page.body);
    assert!(world.origin().taken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_roll_over_are_followed() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200);
    let client = world.network().client(testkit::Speech::Http1);
    let roll = client.post(format!("{}/sim/keys/roll", world.sim().base)).json(&json!({ "how": "planned" }));
    assert!(roll.send().await.unwrap().status().is_success());
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200, "the announced key is known already");
    let roll = client.post(format!("{}/sim/keys/roll", world.sim().base)).json(&json!({ "how": "emergency" }));
    assert!(roll.send().await.unwrap().status().is_success());
    world.pass(3600);
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200, "an unknown key makes the keys be read again");
}
