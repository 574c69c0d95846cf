//! The leaver: disabled in Entra, carried over by the provisioning cycle, and out within a second.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use http::Method;
use testkit::{App, Browser, Socket, World, allow_group};

/// Time from the PATCH's answer to the closed socket: goal, and where a test fails (ruling 39).
const GOAL: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(5);

async fn greeted(browser: &Browser, app: &App) -> Socket {
    let mut socket = browser.socket(&app.at("/ws")).await.unwrap();
    assert_eq!(socket.hear().await.as_deref(), Some("hello"));
    socket.say("ahoy").await;
    while socket.hear().await.unwrap() != "ahoy" {}
    socket
}

/// The moment a socket closes.
fn end_of(mut socket: Socket) -> tokio::task::JoinHandle<Instant> {
    tokio::spawn(async move {
        socket.until_closed().await;
        Instant::now()
    })
}

fn told(what: &str, answered: Instant, closed: Instant) {
    let took = closed.saturating_duration_since(answered);
    let ahead = answered.saturating_duration_since(closed);
    eprintln!(
        "{what}: socket closed {:.1} ms after SCIM's answer, {:.1} ms before it (goal: less than {} ms after)",
        took.as_secs_f64() * 1000.0,
        ahead.as_secs_f64() * 1000.0,
        GOAL.as_millis()
    );
    assert!(took < LIMIT, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_disabled_in_entra_loses_socket_stream_and_session_with_the_next_cycle() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let provisioning = world.provisioning().await;
    provisioning.cycle().await;
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200);
    let socket = end_of(greeted(&mara, &wiki).await);
    let mut others = greeted(&ilo, &wiki).await;
    let mut events = mara.ask(Method::GET, wiki.at("/sse")).begin().await.bytes_stream();
    assert!(events.next().await.unwrap().unwrap().starts_with(b"data: tick 0"));
    world.origin().until_streams(3).await;

    world.graph_admin().disable("mara").await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200, "nothing is known here before the cycle");
    provisioning.relay.taken();
    provisioning.cycle().await;
    let calls = provisioning.relay.taken();
    let patch = calls.iter().find(|call| call.method == "PATCH" && call.body.contains("\"active\"")).unwrap();
    assert!(patch.body.contains("\"value\":\"False\""), "{}", patch.body);
    told("a leaver through Entra's cycle", patch.answered, socket.await.unwrap());
    let cut = tokio::time::timeout(LIMIT, async { while let Some(Ok(_)) = events.next().await {} }).await;
    assert!(cut.is_ok(), "the stream of events is cut");
    world.origin().until_streams(1).await;
    others.say("still here").await;
    while others.hear().await.unwrap() != "still here" {}

    let next = mara.get(wiki.at("/")).await;
    assert_eq!(next.status, 302);
    assert_eq!(mara.socket(&wiki.at("/ws")).await.err(), Some(302));
    let provider = mara.open(wiki.at("/")).await;
    assert!(provider.body.contains("AADSTS50057"), "the provider refuses a disabled account: {}", provider.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_patch_itself_is_answered_after_the_session_ended() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let id = world.scim().create("mara").await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let socket = end_of(greeted(&mara, &wiki).await);
    world.scim().set_active(&id, "False").await;
    let answered = Instant::now();
    assert_eq!(mara.get(wiki.at("/")).await.status, 302, "the very next request");
    told("a leaver by a single PATCH", answered, socket.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_taken_out_of_the_scope_is_refused_at_the_callback_until_they_come_back() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let id = world.scim().create("mara").await;
    let before = world.browser().sign_in("mara");
    assert_eq!(before.open(wiki.at("/")).await.status, 200);
    world.scim().set_active(&id, "False").await;

    let tried = world.browser().sign_in("mara");
    let refused = tried.open(wiki.at("/")).await;
    assert_eq!((refused.status, refused.url.path()), (403, "/cdn-cgi/access/callback"));
    assert!(refused.body.contains("Your account is deactivated"), "{}", refused.body);
    assert!(refused.set_cookies().iter().all(|line| !line.starts_with("CF_Authorization=")));
    let decision = world.api().decision(&refused.reference()).await;
    assert_eq!((&decision["allowed"], &decision["explanation"]["reason"]), (&false.into(), &"account-deactivated".into()));

    world.scim().set_active(&id, "True").await;
    assert_eq!(before.get(wiki.at("/")).await.status, 302, "the old session stays ended");
    let org = before.open_until(wiki.at("/"), &format!("/{}/oauth2/v2.0/authorize", world.sim().tenant_id())).await;
    assert_eq!(org.host_str(), Some("localhost"), "a new sign-in is needed");
    assert_eq!(tried.open(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_re_enabled_in_entra_signs_in_anew() {
    let world = World::plan().external_id_from_object_id().start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let provisioning = world.provisioning().await;
    let browser = world.browser().sign_in("ilo");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200, "signed in before the directory was provisioned");
    provisioning.cycle().await;
    let graph = world.graph_admin();
    graph.disable("ilo").await;
    provisioning.cycle().await;
    assert_eq!(browser.get(wiki.at("/")).await.status, 302);
    graph.enable("ilo", testkit::Enabled::Yes).await;
    provisioning.cycle().await;
    let old = browser.get(wiki.at("/")).await;
    assert_eq!(old.status, 302, "no session is inherited");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_the_person_through_scim_ends_their_sessions_too() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let id = world.scim().create("mara").await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let socket = end_of(greeted(&mara, &wiki).await);
    let gone = world.scim().call(Method::DELETE, &format!("/Users/{id}"), None).await;
    assert_eq!(gone.status, 204);
    let answered = Instant::now();
    told("a deleted person", answered, socket.await.unwrap());
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_user_deprovision_a_deactivation_ends_no_session_but_lets_nobody_sign_in() {
    let world = World::plan().scim("user_deprovision", false.into()).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let id = world.scim().create("mara").await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    world.scim().set_active(&id, "False").await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 200);
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 403);
}
