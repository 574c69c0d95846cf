//! Stepping up by authentication context: asked through the provider, granted by its token only, without signing out.

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Browser, Page, Rule, Tenant, World, allow};
use url::Url;

/// Harbour Works with a second factor behind c1, nothing behind c2, and c3 kept from applications.
async fn harbour() -> World {
    let context = |id: &str, name: &str, available: bool| json!({ "id": id, "name": name, "available": available });
    let contexts =
        json!([context("c1", "Strong sign-in", true), context("c2", "Managed device only", true), context("c3", "On the quay", false),]);
    let policies = json!([{
        "displayName": "Second factor for c1", "state": "enabled",
        "conditions": {
            "users": { "includeUsers": ["All"] },
            "applications": { "includeAuthenticationContextClassReferences": ["c1"] },
        },
        "grantControls": { "operator": "OR", "builtInControls": ["mfa"] },
    }]);
    let tenant = Tenant::harbour_works().conditional_access(contexts, policies);
    World::plan().tenant(tenant).provider("conditional_access_enabled", json!(true)).start().await
}
async fn wiki(world: &World) -> App {
    world.app("wiki").policy(allow(Rule::Everyone)).create().await
}
async fn vault(world: &World, contexts: &[&'static str]) -> App {
    let policy = contexts.iter().fold(allow(Rule::Domain("harbourworks.example")), |policy, id| policy.only_if(Rule::Context(id)));
    world.app("vault").policy(policy.named("Vault")).create().await
}
/// The requests for authorization on the way to a page.
fn authorizations(page: &Page) -> Vec<Url> {
    page.trail().into_iter().filter(|url| url.path().ends_with("/oauth2/v2.0/authorize")).cloned().collect()
}
fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
/// The contexts of the session behind an application's cookie.
async fn held(browser: &Browser, app: &App) -> Vec<String> {
    let identity = browser.get(app.at("/cdn-cgi/access/get-identity")).await.json();
    identity["auth_contexts"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_in_person_steps_up_without_signing_out() {
    let world = harbour().await;
    let (wiki, vault) = (wiki(&world).await, vault(&world, &["c1"]).await);
    let mara = world.browser().sign_in("mara");
    let page = mara.open(wiki.at("/")).await;
    assert_eq!((page.status, param(&authorizations(&page)[0], "claims")), (200, None));
    let token = mara.cookie(&wiki.url, "CF_Authorization").unwrap();

    // A script that follows redirects of HEAD requests is not led into the provider's pages.
    let first = mara.ask(Method::HEAD, vault.at("/")).send().await;
    let chain = mara.ask(Method::HEAD, first.location().unwrap()).send().await;
    assert_eq!((first.status, chain.status), (302, 200));

    let page = mara.open(vault.at("/safe?box=7")).await;
    assert_eq!((page.status, page.url.as_str()), (200, vault.at("/safe?box=7").as_str()));
    let asked = authorizations(&page);
    assert_eq!(asked.len(), 1);
    assert_eq!(param(&asked[0], "claims").unwrap(), r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
    assert_eq!(param(&asked[0], "login_hint").unwrap(), "mara@harbourworks.example");
    assert!(page.hops.iter().any(|hop| hop.body.contains("name=\"otc\"")), "no second factor was asked for");
    assert_eq!(held(&mara, &vault).await, ["c1"]);

    // The wiki goes on with the session that it had.
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    assert_eq!(mara.cookie(&wiki.url, "CF_Authorization").unwrap(), token);
    assert!(held(&mara, &wiki).await.is_empty());
    // And the step-up is good for every application.
    let again = mara.open(vault.at("/")).await;
    assert_eq!((again.status, again.hops.len()), (200, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_is_told_and_a_policy_that_comes_later_holds_for_living_sessions() {
    let world = harbour().await;
    let vault = world.app("vault").policy(allow(Rule::Everyone)).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(vault.at("/")).await.status, 200);
    let path = format!("access/apps/{}", vault.id);
    let mut app = world.api().get(&path).await;
    let strict = allow(Rule::Everyone).only_if(Rule::Context("c1"));
    app["policies"] = json!([world.policy(&strict).await]);
    world.api().put(&path, app).await;
    let script = mara.ask(Method::GET, vault.at("/")).header("x-requested-with", "XMLHttpRequest").send().await;
    assert_eq!(script.status, 401);
    assert_eq!(mara.get(vault.at("/")).await.status, 302);
    assert_eq!(mara.open(vault.at("/")).await.status, 200);
    assert_eq!(held(&mara, &vault).await, ["c1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_contexts_of_one_policy_are_asked_for_one_after_the_other() {
    let world = harbour().await;
    let vault = vault(&world, &["c2", "c1"]).await;
    let mara = world.browser().sign_in("mara");
    let page = mara.open(vault.at("/")).await;
    assert_eq!(page.status, 200);
    let asked: Vec<String> = authorizations(&page).iter().map(|url| param(url, "claims").unwrap()).collect();
    let value = |claims: &String| serde_json::from_str::<Value>(claims).unwrap()["id_token"]["acrs"]["value"].clone();
    assert_eq!(asked.iter().map(value).collect::<Vec<_>>(), ["c1", "c2"]);
    let mut held = held(&mara, &vault).await;
    held.sort();
    assert_eq!(held, ["c1", "c2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_without_the_context_is_refused_and_nobody_goes_in_circles() {
    let world = harbour().await;
    world.api().post(&format!("doorward/identity_providers/{}/auth_contexts/refresh", world.idp()), json!({})).await;
    let (wiki, vault) = (wiki(&world).await, vault(&world, &["c1"]).await);
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let session = mara.cookie(&world.team(), "CF_Authorization").unwrap();
    world.turn("acrs", json!({ "mode": "withhold" })).await;
    let page = mara.open(vault.at("/")).await;
    assert_eq!((page.status, authorizations(&page).len()), (403, 1));
    for word in ["Strong sign-in", "c1", "mara@harbourworks.example", "Harbour Works Entra"] {
        assert!(page.body.contains(word), "{word} is not in {}", page.body);
    }
    assert_eq!(mara.cookie(&world.team(), "CF_Authorization").unwrap(), session, "a session was opened");
    let decision = world.api().decision(&page.reference()).await;
    assert!(decision.to_string().contains("authentication-context-not-granted"), "{decision}");
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);

    // Somebody who was not signed in is refused alike.
    let ilo = world.browser().sign_in("ilo");
    assert_eq!(ilo.open(vault.at("/")).await.status, 403);
    assert_eq!(ilo.cookie(&world.team(), "CF_Authorization"), None);
    world.turn("acrs", json!({ "mode": "usual" })).await;
    assert_eq!(mara.open(vault.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_that_were_tampered_with_on_the_way_open_nothing() {
    let world = harbour().await;
    let vault = vault(&world, &["c1"]).await;
    let mara = world.browser().sign_in("mara");
    let mut way = mara.open_until(vault.at("/"), &format!("/{}/oauth2/v2.0/authorize", world.sim().tenant_id())).await;
    let kept: Vec<(String, String)> = way.query_pairs().into_owned().filter(|(key, _)| key != "claims").collect();
    way.query_pairs_mut().clear().extend_pairs(&kept);
    assert_eq!(mara.open(way).await.status, 403);
    assert_eq!(mara.cookie(&world.team(), "CF_Authorization"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_person_who_comes_back_is_judged_as_that_person_and_inherits_nothing() {
    let world = harbour().await;
    let (wiki, both) = (vault(&world, &["c1"]).await, world.app("both"));
    let strict = allow(Rule::Person("mara")).or(Rule::Person("ilo")).only_if(Rule::Context("c1")).only_if(Rule::Context("c2"));
    let both = both.policy(strict).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    let authorize = format!("/{}/oauth2/v2.0/authorize", world.sim().tenant_id());
    let mut way = mara.open_until(both.at("/"), &authorize).await;
    assert!(param(&way, "claims").unwrap().contains("c2"));
    // In the same browser Ilo signs in instead of her.
    let others: Vec<(String, String)> =
        way.query_pairs().into_owned().filter(|(key, _)| !matches!(key.as_str(), "login_hint" | "prompt")).collect();
    way.query_pairs_mut().clear().extend_pairs(&others).append_pair("prompt", "login");
    let ilo = mara.clone().sign_in("ilo");
    let back = ilo.open_until(way, &authorize).await;
    assert!(param(&back, "claims").unwrap().contains("c1"), "Mara's context was counted for Ilo");
    assert_eq!(param(&back, "login_hint").unwrap(), "ilo@harbourworks.example");
    let identity = ilo.get(format!("{}/cdn-cgi/access/get-identity", world.team())).await.json();
    assert_eq!((&identity["email"], &identity["auth_contexts"][0]["id"]), (&json!("ilo@harbourworks.example"), &json!("c2")));
    assert_eq!(identity["auth_contexts"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_contexts_are_imported_with_their_policies() {
    let world = harbour().await;
    let path = format!("doorward/identity_providers/{}/auth_contexts", world.idp());
    let read = world.api().post(&format!("{path}/refresh"), json!({})).await;
    let listed: Vec<(&str, &str, &str)> = read["auth_contexts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["ac_id"].as_str().unwrap(), c["display_name"].as_str().unwrap(), c["has_policy"].as_str().unwrap()))
        .collect();
    assert_eq!(listed, [("c1", "Strong sign-in", "yes"), ("c2", "Managed device only", "no")]);
    assert_eq!((&read["policies_unread"], &world.api().get(&path).await["auth_contexts"]), (&Value::Null, &read["auth_contexts"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_goes_on_working_when_sessions_became_shorter_meanwhile() {
    let world = harbour().await;
    let vault = vault(&world, &["c1"]).await;
    let both = allow(Rule::Everyone).only_if(Rule::Context("c1")).only_if(Rule::Context("c2"));
    let safe = world.app("safe").policy(both).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(vault.at("/")).await.status, 200);
    world.pass(2 * 3600);
    let mut organization = world.api().get("access/organizations").await;
    organization["session_duration"] = json!("1h");
    world.api().put("access/organizations", organization).await;
    let page = mara.open(safe.at("/")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(held(&mara, &safe).await.len(), 2);
}
