//! HTTP/2 in front.

use futures_util::StreamExt;
use http::{Method, Request, Version};
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use testkit::{Speech, World, allow_group, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_sign_in_works_over_http2() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().speaking(Speech::Http2).sign_in("mara");
    let page = browser.open(wiki.at("/x?y=z")).await;
    assert_eq!((page.status, page.version), (200, Version::HTTP_2));
    let seen = world.origin().one();
    assert_eq!(seen.target, "/x?y=z");
    assert_eq!(seen.header("host"), Some(format!("wiki.localhost:{}", world.port()).as_str()));
    assert_eq!(seen.header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
    let sent = browser.ask(Method::POST, wiki.at("/post")).body("b".repeat(300_000)).send().await;
    assert_eq!(sent.status, 200);
    assert_eq!(world.origin().one().body.len(), 300_000);
    assert_eq!(browser.get(wiki.at("/big")).await.body.len(), 3 << 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_split_over_several_fields_are_one_header_again() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().speaking(Speech::Http2).sign_in("mara");
    browser.open(wiki.at("/")).await;
    world.origin().taken();
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let ask = browser.ask(Method::GET, wiki.at("/")).without_cookies().header("cookie", "a=1");
    let ask = ask.header("cookie", &format!("CF_Authorization={token}")).header("cookie", "CF_AppSession=x").header("cookie", "b=2");
    assert_eq!(ask.send().await.status, 200);
    let expected = format!("a=1; CF_Authorization={token}; b=2");
    assert_eq!(world.origin().one().header("cookie"), Some(expected.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_share_a_connection_and_a_stream_is_cut_alone() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().speaking(Speech::Http2).sign_in("mara");
    browser.open(wiki.at("/")).await;
    world.origin().taken();
    let asked: Vec<_> = (0..40).map(|n| browser.ask(Method::GET, wiki.at(&format!("/n/{n}"))).send()).collect();
    let pages = futures_util::future::join_all(asked).await;
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(world.origin().taken().len(), 40);
    let mut events = browser.ask(Method::GET, wiki.at("/sse")).begin().await.bytes_stream();
    assert!(events.next().await.unwrap().is_ok());
    world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
    within("the stream's end", async { while let Some(Ok(_)) = events.next().await {} }).await;
    assert_eq!(browser.get(wiki.at("/")).await.status, 302, "the connection itself goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_not_coalesced_onto_another_host() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let charts = world.app("charts").policy(allow_group("Pilots")).create().await;
    let tls = world.network().tls("wiki.localhost", world.port(), &["h2"]).await;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Empty<bytes::Bytes>>(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(connection);
    let mut status = |uri: String, host: Option<&'static str>| {
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let sent = sender.send_request(request.body(Empty::new()).unwrap());
        async move { within("an answer", sent).await.map(|answer| answer.status().as_u16()).unwrap_or_default() }
    };
    assert_eq!(status(wiki.at("/"), None).await, 302);
    assert_eq!(status(charts.at("/"), None).await, 421);
    let differing = status(wiki.at("/"), Some("charts.localhost")).await;
    assert_eq!(differing, 400, "`host` and `:authority` disagree");
    assert_eq!(status(wiki.at("/a/../b"), None).await, 400);
    assert_eq!(status(wiki.at("/"), None).await, 302, "the connection goes on");
}
