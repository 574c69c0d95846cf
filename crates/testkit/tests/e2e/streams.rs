//! What stays open: WebSockets, long answers and uploads, while their session lives and when it ends.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Method;
use serde_json::json;
use testkit::{App, Browser, World, allow_group, within};

async fn signed_in(world: &World) -> (App, Browser) {
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    world.origin().taken();
    (wiki, browser)
}

async fn revoke(world: &World) {
    world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_cannot_open_a_websocket_with_a_persons_cookies() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    for page in
        ["https://evil.example", "null", "https://wiki.localhost", "https://payroll.localhost:1", &wiki.url.replace("https", "http")]
    {
        assert_eq!(browser.socket_of(page, &wiki.at("/ws")).await.err(), Some(403), "{page}");
    }
    assert!(world.origin().taken().is_empty());
    for page in [&wiki.url, &world.team()] {
        let mut socket = browser.socket_of(page, &wiki.at("/ws")).await.unwrap();
        assert_eq!(socket.hear().await.as_deref(), Some("hello"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_websocket_is_told_why() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let mut socket = browser.socket(&wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    revoke(&world).await;
    assert_eq!(socket.until_closed().await, Some(1008));
    world.origin().until_streams(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_leaves_nothing_open_at_the_origin() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let mut socket = browser.socket(&wiki.at("/ws")).await.unwrap();
    socket.hear().await;
    let mut events = browser.ask(Method::GET, wiki.at("/sse")).begin().await.bytes_stream();
    events.next().await.unwrap().unwrap();
    world.origin().until_streams(2).await;
    drop(socket);
    drop(events);
    world.origin().until_streams(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_when_its_session_ends_gets_what_the_next_one_would_get() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let script = browser.clone();
    let (url, other) = (wiki.at("/slow"), wiki.at("/slow"));
    let page = tokio::spawn(async move { browser.get(url).await });
    let call = tokio::spawn(async move { script.ask(Method::GET, other).header("sec-fetch-mode", "cors").send().await });
    let mut seen = 0;
    within("both requests reach the origin", async {
        while seen < 2 {
            seen += world.origin().taken().len();
            tokio::task::yield_now().await;
        }
    })
    .await;
    revoke(&world).await;
    let page = within("an answer", page).await.unwrap();
    assert_eq!((page.status, page.location().unwrap().host_str()), (302, Some("team.localhost")));
    assert_eq!(within("an answer", call).await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_ends_with_its_session() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    // A body that never ends by itself: a piece, then nothing.
    let piece = stream::once(std::future::ready(Ok::<_, std::io::Error>(Bytes::from_static(b"a piece"))));
    let body = reqwest::Body::wrap_stream(piece.chain(stream::pending()));
    let url = wiki.at("/upload");
    let upload = tokio::spawn(async move { browser.ask(Method::PUT, url).body(body).try_send().await });
    world.origin().until_streams(1).await;
    revoke(&world).await;
    let answer = within("the upload's end", upload).await.unwrap();
    // Told, or cut off while it was still sending.
    assert!(answer.is_none_or(|status| status == 302), "{answer:?}");
    world.origin().until_streams(0).await;
    assert!(world.origin().taken().is_empty(), "the origin never had it whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_that_make_no_sense_here_are_refused() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    assert_eq!(browser.ask(Method::TRACE, wiki.at("/")).send().await.status, 405);
    let mut wire = world.wire("wiki.localhost").await;
    let status = wire.status("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n").await;
    assert_eq!(status, 405, "a tunnel to elsewhere");
    assert!(world.origin().taken().is_empty());
}
