//! Ending sessions and rights through the API, and what is open at that moment.

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, World, allow, allow_group, block, service_auth, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_a_person_ends_all_their_sessions_and_nobody_elses() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (one, two, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    for browser in [&one, &two, &ilo] {
        assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    }
    let mut socket = one.socket(&wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
    socket.until_closed().await;
    for browser in [&one, &two] {
        assert_eq!(browser.get(wiki.at("/")).await.status, 302);
        let next = browser.get(browser.get(wiki.at("/")).await.location().unwrap()).await;
        assert_eq!(next.location().unwrap().host_str(), Some("localhost"), "the organisation's session too");
    }
    assert_eq!(ilo.get(wiki.at("/")).await.status, 200);
    world.origin().until_streams(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_an_applications_tokens_cuts_its_streams_and_lets_live_people_in_again_silently() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    mara.open(charts.at("/")).await;
    let mut socket = mara.socket(&wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    let mut other = mara.socket(&charts.at("/ws")).await.unwrap();
    other.hear().await;
    let old = mara.cookie(&wiki.url, "CF_Authorization").unwrap();
    let revoked = world.api().call(Method::POST, &format!("access/apps/{}/revoke_tokens", wiki.id), Some(&Value::Null)).await;
    assert_eq!(revoked.status, 202);
    socket.until_closed().await;
    other.say("still here").await;
    while other.hear().await.unwrap() != "still here" {}
    assert_eq!(mara.get(charts.at("/")).await.status, 200);
    let again = mara.open(wiki.at("/")).await;
    assert_eq!(again.status, 200);
    assert!(again.hops.len() == 3 && again.trail().iter().all(|url| url.host_str() != Some("localhost")));
    assert_ne!(mara.cookie(&wiki.url, "CF_Authorization").unwrap(), old);
    let thief = world.browser();
    thief.jar(|jar| jar.put("wiki.localhost", "CF_Authorization", &old));
    assert_eq!(thief.get(wiki.at("/")).await.status, 302, "the old token stays worthless");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_policy_counts_from_a_live_sessions_next_request() {
    let world = World::start().await;
    let policy = world.policy(&allow_group("Pilots")).await;
    let wiki = world.app("wiki").with("name", "wiki".into()).create().await;
    let path = format!("access/apps/{}", wiki.id);
    let mut app = world.api().get(&path).await;
    app["policies"] = json!([{ "id": policy, "precedence": 1 }]);
    world.api().put(&path, app).await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    let own = format!("access/policies/{policy}");
    world.api().put(&own, world.policy_body(&allow_group("Dock Crew"))).await;
    let refused = mara.get(wiki.at("/")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("Dock Crew"), "{}", refused.body);
    let decision = world.api().decision(&refused.reference()).await;
    assert_eq!((&decision["action"], &decision["user_email"]), (&"request".into(), &"mara@harbourworks.example".into()));
    world.api().put(&own, world.policy_body(&allow_group("Pilots"))).await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "the session itself was never ended");

    let body = world.policy_body(&block(Rule::Person("mara")).named("Not Mara"));
    let made = world.api().post(&format!("access/apps/{}/policies", wiki.id), body).await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "behind the Allow");
    let own = format!("access/apps/{}/policies/{}", wiki.id, made["id"].as_str().unwrap());
    let mut first = world.api().get(&own).await;
    first["precedence"] = json!(0);
    world.api().put(&own, first).await;
    let blocked = mara.get(wiki.at("/")).await;
    assert_eq!(blocked.status, 403);
    assert!(blocked.body.contains("keeps you out") && blocked.body.contains("Not Mara"), "{}", blocked.body);
    world.api().delete(&own).await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_a_service_token_cuts_its_streams() {
    let world = World::start().await;
    let token = world.api().service_token("feed", "8760h").await;
    let app = world.app("feed").policy(service_auth(Rule::AnyToken)).create().await;
    let program = world.browser();
    let ask = program.ask(Method::GET, app.at("/sse")).header("cf-access-client-id", token["client_id"].as_str().unwrap());
    let answer = ask.header("cf-access-client-secret", token["client_secret"].as_str().unwrap()).begin().await;
    assert_eq!(answer.status(), 200);
    let mut events = answer.bytes_stream();
    assert!(events.next().await.unwrap().is_ok());
    world.api().delete(&format!("access/service_tokens/{}", token["id"].as_str().unwrap())).await;
    within("the stream's end", async { while let Some(Ok(_)) = events.next().await {} }).await;
    world.origin().until_streams(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_session_of_several_can_be_ended() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (one, two) = (world.browser().sign_in("mara"), world.browser().sign_in("mara"));
    one.open(wiki.at("/")).await;
    two.open(wiki.at("/")).await;
    let user = world.api().user("mara@harbourworks.example").await["id"].as_str().unwrap().to_owned();
    let sessions = world.api().get(&format!("access/users/{user}/active_sessions")).await;
    assert_eq!(sessions.as_array().unwrap().len(), 2, "{sessions}");
    let (_, claims) = crate::claims::unchecked(&one.cookie(&wiki.url, "CF_Authorization").unwrap());
    let nonce = claims["identity_nonce"].as_str().unwrap();
    let mut socket = one.socket(&wiki.at("/ws")).await.unwrap();
    world.api().delete(&format!("doorward/users/{user}/active_sessions/{nonce}")).await;
    socket.until_closed().await;
    assert_eq!(one.get(wiki.at("/")).await.status, 302);
    assert_eq!(two.get(wiki.at("/")).await.status, 200);
    assert_eq!(world.api().get(&format!("access/users/{user}/active_sessions")).await.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_an_application_ends_its_streams_and_its_host() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow(Rule::Everyone)).create().await;
    let bram = world.browser().sign_in("bram");
    bram.open(wiki.at("/")).await;
    let mut socket = bram.socket(&wiki.at("/ws")).await.unwrap();
    world.api().delete(&format!("access/apps/{}", wiki.id)).await;
    socket.until_closed().await;
    assert_eq!(bram.get(wiki.at("/")).await.status, 404);
    let anew = world.app("wiki").policy(allow(Rule::Everyone)).create().await;
    assert_ne!(anew.aud, wiki.aud);
    assert_eq!(bram.get(anew.at("/")).await.status, 302, "a token of the former application");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_closes_what_is_open() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let mut socket = mara.socket(&wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    let out = mara.get(format!("{}/cdn-cgi/access/logout", world.team())).await;
    assert_eq!(out.status, 200);
    socket.until_closed().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_becomes_another_directory_ends_its_sessions() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let path = format!("access/identity_providers/{}", world.idp());
    let mut provider = world.api().get(&path).await;
    provider["config"]["directory_id"] = json!(uuid::Uuid::from_u128(9).to_string());
    let refused = world.api().call(Method::PUT, &path, Some(&provider)).await;
    assert_eq!(refused.status, 400, "the secret is needed again: {}", refused.body);
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    provider["config"]["client_secret"] = json!("another");
    world.api().put(&path, provider).await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
}
