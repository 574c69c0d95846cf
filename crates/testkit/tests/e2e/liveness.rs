//! Between two sign-ins nobody tells doorward anything, without SCIM: it asks. What Entra answers ends sessions, or lets them live.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Browser, Policy, Rule, Socket, Tenant, World, allow_group, block};

/// Time from the check to the closed socket: goal, and where a test fails (ruling 39).
const GOAL: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(5);
/// Seconds between two checks unless a provider says otherwise.
const INTERVAL: i64 = 300;

async fn world() -> World {
    World::plan().scim("enabled", false.into()).start().await
}

async fn wiki(world: &World) -> App {
    world.app("wiki").policy(allow_group("Pilots")).create().await
}

async fn signed_in(world: &World, app: &App, name: &str) -> Browser {
    let browser = world.browser().sign_in(name);
    assert_eq!(browser.open(app.at("/")).await.status, 200);
    browser
}

/// The moment a socket that said hello closes.
async fn end_of_socket(browser: &Browser, app: &App) -> tokio::task::JoinHandle<Instant> {
    let mut socket: Socket = browser.socket(&app.at("/ws")).await.unwrap();
    assert_eq!(socket.hear().await.as_deref(), Some("hello"));
    tokio::spawn(async move {
        socket.until_closed().await;
        Instant::now()
    })
}

/// Why a person's session ended, from the access log.
async fn told(world: &World, action: &str, email: &str) -> Value {
    let logged = world.api().get(&format!("access/logs/access_requests?email={email}&limit=100")).await;
    let found = logged.as_array().unwrap().iter().find(|entry| entry["action"] == action).cloned();
    let found = found.unwrap_or_else(|| panic!("no {action} of {email} in {logged:#}"));
    world.api().decision(found["reference"].as_str().unwrap()).await["explanation"].clone()
}

/// How the checks of a person's only session stand.
async fn standing(world: &World, email: &str) -> Value {
    let user = world.api().user(email).await;
    let sessions = world.api().get(&format!("doorward/users/{}/sessions", user["id"].as_str().unwrap())).await;
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions:#}");
    sessions[0]["liveness"].clone()
}

async fn settings(world: &World, interval: i64, grace: i64) {
    let body = json!({ "liveness": { "interval_seconds": interval, "grace_seconds": grace } });
    world.api().put(&format!("doorward/identity_providers/{}/options", world.idp()), body).await;
    // From now on the new interval counts: doorward looks every second.
    world.check_sessions().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_disabled_in_entra_is_out_at_the_next_check_without_scim() {
    let world = world().await;
    let wiki = wiki(&world).await;
    let (mara, phone, ilo) =
        (signed_in(&world, &wiki, "mara").await, signed_in(&world, &wiki, "mara").await, signed_in(&world, &wiki, "ilo").await);
    let (socket, on_phone) = (end_of_socket(&mara, &wiki).await, end_of_socket(&phone, &wiki).await);
    world.graph_admin().disable("mara").await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "nothing is known here before the check");
    assert!(!socket.is_finished());

    world.pass(INTERVAL);
    let began = Instant::now();
    world.check_sessions().await;
    for (what, socket) in [("the socket", socket), ("the other device's", on_phone)] {
        let took = socket.await.unwrap().saturating_duration_since(began);
        eprintln!(
            "a person disabled in Entra, no SCIM: {what} closed {:.1} ms after the check began (goal: {} ms)",
            took.as_secs_f64() * 1000.0,
            GOAL.as_millis()
        );
        assert!(took < LIMIT, "{took:?}");
    }
    for browser in [&mara, &phone] {
        assert_eq!(browser.get(wiki.at("/")).await.status, 302);
    }
    assert_eq!(ilo.get(wiki.at("/")).await.status, 200, "others stay");
    assert!(mara.open(wiki.at("/")).await.body.contains("AADSTS50057"), "and cannot sign in again");
    let why = told(&world, "liveness", "mara@harbourworks.example").await;
    assert_eq!((&why["reason"], &why["code"]), (&json!("provider-revoked"), &json!("AADSTS50057")), "{why}");
    assert!(why["fix"].is_string() && why["cause"].is_string(), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn withdrawn_sign_ins_end_and_the_one_made_after_that_stays() {
    let world = world().await;
    let wiki = wiki(&world).await;
    let before = signed_in(&world, &wiki, "mara").await;
    world.pass(10);
    world.graph_admin().revoke("mara").await;
    world.pass(10);
    let after = signed_in(&world, &wiki, "mara").await;
    world.pass(INTERVAL);
    world.check_sessions().await;
    assert_eq!(before.get(wiki.at("/")).await.status, 302);
    assert_eq!(after.get(wiki.at("/")).await.status, 200, "a sign-in after the withdrawal is a good one");
    assert_eq!(told(&world, "liveness", "mara@harbourworks.example").await["code"], "AADSTS50173");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_taken_out_of_a_group_signs_in_again_and_is_judged_anew() {
    let world = world().await;
    let wiki = wiki(&world).await;
    let charts = world.app("charts").policy(allow_group("All Staff")).create().await;
    let ilo = signed_in(&world, &wiki, "ilo").await;
    assert_eq!(ilo.open(charts.at("/")).await.status, 200);
    world.graph_admin().leave("ilo", "Pilots").await;
    world.pass(INTERVAL);
    world.check_sessions().await;
    assert_eq!(ilo.get(wiki.at("/")).await.status, 302);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 403, "not a pilot any more");
    assert_eq!(ilo.open(charts.at("/")).await.status, 200, "but still of the staff, without being asked for anything");
    let why = told(&world, "liveness", "ilo@harbourworks.example").await;
    assert_eq!((&why["reason"], why["left"].as_array().unwrap().len()), (&json!("group-change"), 1), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_put_into_a_group_that_a_block_names_is_out_and_other_groups_do_not_matter() {
    let world = world().await;
    let everybody: Policy = testkit::allow(Rule::Everyone);
    let wiki = world.app("wiki").policy(block(Rule::Group("Dock Crew"))).policy(everybody).create().await;
    let (ilo, mara) = (signed_in(&world, &wiki, "ilo").await, signed_in(&world, &wiki, "mara").await);
    world.graph_admin().join("ilo", "Dock Crew").await;
    world.graph_admin().leave("mara", "Night Pilots").await;
    world.pass(INTERVAL);
    world.check_sessions().await;
    assert_eq!(ilo.get(wiki.at("/")).await.status, 302);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 403, "blocked");
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "no rule names the group that she left");
    assert_eq!(told(&world, "liveness", "ilo@harbourworks.example").await["joined"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_entra_is_down_sessions_live_for_the_grace_and_not_longer_also_across_a_restart() {
    let mut world = world().await;
    let wiki = wiki(&world).await;
    let mara = signed_in(&world, &wiki, "mara").await;
    settings(&world, 60, 600).await;
    let socket = end_of_socket(&mara, &wiki).await;
    world.stop_entra().await;
    world.pass(61);
    world.check_sessions().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    assert!(!socket.is_finished());
    let doubtful = standing(&world, "mara@harbourworks.example").await;
    assert_eq!(doubtful["outcome"], "unreachable", "{doubtful}");
    assert!(doubtful["failing_since"].is_string() && doubtful["good_at"].is_null(), "{doubtful}");

    world.pass(300);
    world.restart().await;
    world.check_sessions().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    let after = standing(&world, "mara@harbourworks.example").await;
    assert_eq!(after["failing_since"], doubtful["failing_since"], "a restart does not begin the grace anew");
    let late = end_of_socket(&mara, &wiki).await;

    world.pass(301);
    world.check_sessions().await;
    late.await.unwrap();
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
    assert_eq!(told(&world, "liveness", "mara@harbourworks.example").await["reason"], "provider-silent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_that_passes_leaves_no_trace_and_refresh_tokens_are_never_shown() {
    let world = world().await;
    let wiki = wiki(&world).await;
    let mara = signed_in(&world, &wiki, "mara").await;
    for kind in ["unavailable", "throttle", "nonsense"] {
        // The trouble first: doorward looks by itself each second what is due, and must not find it before.
        world.fault(json!({ "target": "token", "kind": kind, "count": 4, "retry_after": 1 })).await;
        world.pass(INTERVAL);
        world.check_sessions().await;
        assert_eq!(mara.get(wiki.at("/")).await.status, 200, "{kind}");
        assert_eq!(standing(&world, "mara@harbourworks.example").await["outcome"], "unreachable", "{kind}");
        world.heal().await;
        world.pass(INTERVAL);
        world.check_sessions().await;
        let good = standing(&world, "mara@harbourworks.example").await;
        assert_eq!((&good["outcome"], &good["failing_since"]), (&json!("good"), &Value::Null), "{kind}");
    }
    let user = world.api().user("mara@harbourworks.example").await["id"].as_str().unwrap().to_owned();
    let nonce = world.api().get(&format!("access/users/{user}/active_sessions")).await[0]["name"].as_str().unwrap().to_owned();
    for path in ["doorward/users/{}/sessions", "access/users/{}/active_sessions", "access/users/{}/last_seen_identity"] {
        let shown = world.api().get(&path.replace("{}", &user)).await.to_string();
        assert!(!shown.contains("refresh"), "{shown}");
    }
    let whole = world.api().get(&format!("access/users/{user}/active_sessions/{nonce}")).await.to_string();
    assert!(!whole.contains("refresh"), "{whole}");
}

/// A Conditional Access policy for everybody and everything.
async fn conditional_access(world: &World, member: &str, controls: Value) {
    let conditions = json!({
        "users": { "includeUsers": ["All"] }, "applications": { "includeApplications": ["All"] }, "clientAppTypes": ["all"],
    });
    let mut body = json!({ "displayName": member, "state": "enabled", "conditions": conditions });
    body[member] = controls;
    world.graph_admin().call(Method::POST, "/identity/conditionalAccess/policies", Some(body)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_entra_wants_of_the_person_ends_the_session_and_is_named() {
    for (member, controls, code) in [
        ("sessionControls", json!({ "signInFrequency": { "isEnabled": true, "type": "hours", "value": 1 } }), "AADSTS70043"),
        ("grantControls", json!({ "operator": "OR", "builtInControls": ["mfa"] }), "AADSTS50076"),
    ] {
        let world = world().await;
        let wiki = wiki(&world).await;
        let mara = signed_in(&world, &wiki, "mara").await;
        conditional_access(&world, member, controls).await;
        world.pass(3_601);
        world.check_sessions().await;
        assert_eq!(mara.get(wiki.at("/")).await.status, 302, "{member}");
        let why = told(&world, "liveness", "mara@harbourworks.example").await;
        assert_eq!((&why["code"], &why["reason"]), (&json!(code), &json!("provider-revoked")), "{member}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shorter_interval_counts_for_sessions_that_live_already_and_none_means_no_checks() {
    let world = world().await;
    let wiki = wiki(&world).await;
    let mara = signed_in(&world, &wiki, "mara").await;
    settings(&world, 0, 600).await;
    world.graph_admin().disable("mara").await;
    world.pass(10 * INTERVAL);
    assert_eq!(world.check_sessions().await, Default::default());
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    settings(&world, 10, 600).await;
    world.pass(10);
    world.check_sessions().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
    let unwatched = world.browser().sign_in("ilo");
    settings(&world, 0, 600).await;
    assert_eq!(unwatched.open(wiki.at("/")).await.status, 200);
    assert_eq!(standing(&world, "ilo@harbourworks.example").await, Value::Null, "no refresh token was kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_at_entra_ends_what_that_browser_session_gave() {
    let tenant = Tenant::harbour_works().registration("optionalClaims", json!({ "idToken": [{ "name": "sid" }] }));
    let world = World::plan().tenant(tenant).start().await;
    let wiki = wiki(&world).await;
    let app = world.sim().sign_in_app().unwrap().object_id;
    let logout = format!("{}/cdn-cgi/access/frontchannel-logout", world.team());
    let body = json!({ "web": { "redirectUris": [format!("{}/cdn-cgi/access/callback", world.team())], "logoutUrl": logout } });
    world.graph_admin().call(Method::PATCH, &format!("/applications/{app}"), Some(body)).await;
    let (mara, phone) = (signed_in(&world, &wiki, "mara").await, signed_in(&world, &wiki, "mara").await);
    let socket = end_of_socket(&mara, &wiki).await;

    let page = mara.get(format!("{}/oauth2/v2.0/logout", world.sim().authority())).await;
    let frame = page.body.split('"').find(|part| part.starts_with(&logout)).unwrap().replace("&amp;", "&");
    let sid = frame.split_once("sid=").unwrap().1.to_owned();
    // A frame of another site brings no cookies along.
    let framed = world.browser();
    let elsewhere = framed.get(format!("{frame}&iss=https://elsewhere.example/0d9b7c5e-4a10-4a57-8e21-6f0c2b1e93d4/v2.0")).await;
    let nothing = framed.get(format!("{logout}?sid=00000000-0000-4000-8000-000000000000")).await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "neither another issuer nor another session");
    let answer = framed.get(format!("{logout}?sid={sid}&iss={}/v2.0", world.sim().authority())).await;
    socket.await.unwrap();
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
    assert_eq!(phone.get(wiki.at("/")).await.status, 200, "another browser session");
    for other in [&elsewhere, &nothing] {
        assert_eq!((other.status, &other.body), (200, &answer.body), "the same answer whatever was found");
        assert_eq!(other.header("content-security-policy"), answer.header("content-security-policy"));
    }
    let origin = world.sim().base.clone();
    assert_eq!(answer.header("content-security-policy"), Some(format!("default-src 'none'; frame-ancestors {origin}").as_str()));
    assert_eq!(answer.header("x-frame-options"), None);
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    assert_eq!(told(&world, "provider_logout", "mara@harbourworks.example").await["reason"], "provider-logout");
    assert_eq!(framed.get(format!("{logout}?sid={sid}")).await.status, 200, "a second time");
}
