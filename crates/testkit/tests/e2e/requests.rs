//! Requests that could be read in two ways: hosts, paths, framing, upgrades.

use testkit::{Browser, Rule, World, allow, allow_group, bypass};

async fn token(world: &World, app: &testkit::App) -> (Browser, String) {
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(app.at("/")).await.status, 200);
    world.origin().taken();
    let token = browser.cookie(&app.url, "CF_Authorization").unwrap();
    (browser, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_made_for_one_host_does_not_serve_another() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    world.app("charts").policy(allow_group("Pilots")).create().await;
    let (_, token) = token(&world, &wiki).await;
    for (sni, host, status) in [
        ("wiki.localhost", "wiki.localhost", 200),
        ("wiki.localhost", "WIKI.LocalHost:443", 200),
        ("wiki.localhost", "charts.localhost", 421),
        ("charts.localhost", "wiki.localhost", 421),
        ("team.localhost", "wiki.localhost", 421),
        ("wiki.localhost", "team.localhost", 421),
        ("wiki.localhost", "wiki.localhost.", 400),
        ("wiki.localhost", "evilwiki.localhost", 421),
        ("evilwiki.localhost", "evilwiki.localhost", 404),
        ("wiki.localhost", "wiki.localhost@evil.example", 400),
        ("wiki.localhost", "evil.example, wiki.localhost", 400),
        ("wiki.localhost", "", 400),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nCookie: CF_Authorization={token}\r\nConnection: close\r\n\r\n");
        assert_eq!(world.wire(sni).await.status(request).await, status, "SNI {sni}, Host {host:?}");
    }
    assert_eq!(world.origin().taken().len(), 2);
    let ask = |lines: &'static str| {
        let (world, token) = (&world, &token);
        async move {
            let mut wire = world.wire("wiki.localhost").await;
            wire.status(lines.replace("{cookie}", &format!("Cookie: CF_Authorization={token}\r\nConnection: close"))).await
        }
    };
    assert_eq!(ask("GET / HTTP/1.1\r\nHost: wiki.localhost\r\nHost: wiki.localhost\r\n{cookie}\r\n\r\n").await, 400, "two hosts");
    assert_eq!(ask("GET / HTTP/1.1\r\n{cookie}\r\n\r\n").await, 400, "no host");
    assert_eq!(ask("GET https://charts.localhost/ HTTP/1.1\r\nHost: wiki.localhost\r\n{cookie}\r\n\r\n").await, 400, "hosts that differ");
    assert_eq!(ask("GET https://wiki.localhost/abs?x=1 HTTP/1.1\r\nHost: wiki.localhost\r\n{cookie}\r\n\r\n").await, 200, "absolute form");
    assert_eq!(world.origin().one().target, "/abs?x=1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_with_two_readings_are_refused_and_all_others_pass_byte_for_byte() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (_, token) = token(&world, &wiki).await;
    let status = |target: String| {
        let (world, token) = (&world, &token);
        async move {
            let mut wire = world.wire("wiki.localhost").await;
            let head =
                format!("GET {target} HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: CF_Authorization={token}\r\nConnection: close\r\n\r\n");
            wire.status(head).await
        }
    };
    for bad in [
        "/public/../admin",
        "/a/%2e%2e/admin",
        "/a/.%2e/admin",
        "/a/..;/admin",
        "/a/..;x=y/admin",
        "/a%2fadmin",
        "/a%2Fadmin",
        "/a%5cadmin",
        "/a\\admin",
        "/a/%252e%252e/admin",
        "/a%00",
        "/a%0d%0ab",
        "//admin",
        "/a//admin",
        "/./admin",
        "/a%",
        "/a%g1",
        "/a%23b",
        "/a%3fb",
        "*",
        "wiki.localhost:443",
    ] {
        assert_eq!(status(bad.into()).await, 400, "{bad}");
    }
    assert!(world.origin().taken().is_empty());
    for good in [
        "/%61dmin",
        "/a;x=1/b",
        "/caf%C3%A9?q=%2e%2e%2f..//x",
        "/a%20b",
        "/~me/-._",
        "/a:b@c,d$e!f'(g)*+=&h",
        "/x?",
        "/?redirect=https://e.example/",
    ] {
        assert_eq!(status(good.into()).await, 200, "{good}");
        assert_eq!(world.origin().one().target, good);
    }
    assert_eq!(status("/a#/../b".into()).await, 400, "a fragment is never sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_more_specific_application_takes_its_path_and_inherits_nothing() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    world.app("hq").with("domain", "wiki.localhost/hq".into()).policy(allow(Rule::Person("bram"))).create().await;
    world.app("open").with("domain", "wiki.localhost/open/*".into()).policy(bypass(Rule::Everyone)).create().await;
    let mara = world.browser().sign_in("mara");
    assert_eq!(mara.open(wiki.at("/")).await.status, 200);
    assert_eq!(mara.open(wiki.at("/hq/plans")).await.status, 403);
    assert_eq!(mara.open(wiki.at("/%68q/plans")).await.status, 403, "an escaped spelling is the same path");
    assert_eq!(mara.open(wiki.at("/hqs")).await.status, 200, "a longer word is not below the path");
    world.origin().taken();
    let nobody = world.browser();
    assert_eq!(nobody.get(wiki.at("/open/door")).await.status, 200);
    let seen = world.origin().one();
    assert!(seen.header("cf-access-jwt-assertion").is_none() && seen.header("cf-access-authenticated-user-email").is_none());
    for (closed, status) in [
        ("/open", 302),
        ("/opened", 302),
        ("/OPEN/door", 302),
        ("/x?/open/door", 302),
        ("/hq?x=/open/", 302),
        ("/;/open/door", 400),
        ("/open;x/door", 400),
        ("/hq;x=/open/", 400),
    ] {
        assert_eq!(nobody.get(wiki.at(closed)).await.status, status, "{closed}");
    }
    let mut wire = world.wire("wiki.localhost").await;
    let sneaky = "GET /open/..%2fhq HTTP/1.1\r\nHost: wiki.localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(wire.status(sneaky).await, 400);
    assert!(world.origin().taken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_whose_length_can_be_read_in_two_ways_are_refused() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (_, token) = token(&world, &wiki).await;
    for framing in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        " folded: x\r\n",
    ] {
        let mut wire = world.wire("wiki.localhost").await;
        let head = format!("POST /x HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: CF_Authorization={token}\r\n{framing}\r\n");
        let status = wire.status(format!("{head}0\r\n\r\n")).await;
        assert_eq!(status, 400, "{framing:?}");
    }
    assert!(world.origin().taken().is_empty());
    let mut wire = world.wire("wiki.localhost").await;
    let head =
        format!("POST /x HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: CF_Authorization={token}\r\nTransfer-Encoding: Chunked\r\n\r\n");
    assert_eq!(wire.status(format!("{head}3\r\nabc\r\n0\r\n\r\n")).await, 200);
    assert_eq!(world.origin().one().body, "abc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_beside_a_transfer_coding_smuggles_nothing() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (_, token) = token(&world, &wiki).await;
    let head = format!("Host: wiki.localhost\r\nCookie: CF_Authorization={token}\r\n");
    for framing in ["Content-Length: 60\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 60\r\n"] {
        let mut wire = world.wire("wiki.localhost").await;
        wire.send(format!("POST /x HTTP/1.1\r\n{head}{framing}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n{head}\r\n")).await;
        // Refused, or read by chunks alone and closed (RFC 9112 section 6.3): what follows is never a request.
        let answers = wire.rest().await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{framing:?}: {answers}");
        for seen in world.origin().taken() {
            assert_eq!((seen.target.as_str(), seen.body.as_str()), ("/x", ""), "{framing:?}");
            assert!(seen.all("content-length").is_empty() || seen.all("transfer-encoding").is_empty(), "{:?}", seen.headers);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_websockets_are_upgraded_and_nothing_passes_before_the_origin_agreed() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (browser, token) = token(&world, &wiki).await;
    let mut socket = browser.socket(&wiki.at("/ws")).await.unwrap();
    assert_eq!(socket.hear().await.as_deref(), Some("hello"));
    socket.say("echo").await;
    while socket.hear().await.unwrap() != "echo" {}
    let seen = world.origin().one();
    assert_eq!(seen.header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
    assert_eq!(seen.header("cf-access-jwt-assertion"), Some(token.as_str()));

    let cookie = format!("Host: wiki.localhost\r\nCookie: CF_Authorization={token}");
    let mut wire = world.wire("wiki.localhost").await;
    let h2c = format!(
        "GET /h2c HTTP/1.1\r\n{cookie}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    );
    assert_eq!(wire.status(h2c).await, 200, "a plain request without its upgrade");
    let seen = world.origin().one();
    assert_eq!((seen.header("upgrade"), seen.header("http2-settings")), (None, None));

    let mut wire = world.wire("wiki.localhost").await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
    wire.send(format!(
        "GET /teapot HTTP/1.1\r\n{cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{key}\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n"
    ))
    .await;
    assert!(wire.head().await.starts_with("HTTP/1.1 418"), "the origin declined");
    let targets: Vec<String> =
        world.origin().taken().into_iter().filter(|seen| seen.target == "/smuggled").map(|seen| format!("{seen:?}")).collect();
    assert!(targets.is_empty(), "what followed was judged on its own, without a session: {targets:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_without_bound_are_refused_and_others_are_served_on() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let (browser, _) = token(&world, &wiki).await;
    let many: String = (0..500).map(|n| format!("X-{n}: y\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "z".repeat(200_000));
    for head in [many, large] {
        let mut wire = world.wire("wiki.localhost").await;
        let status = wire.status(format!("GET / HTTP/1.1\r\nHost: wiki.localhost\r\n{head}\r\n")).await;
        assert!(matches!(status, 0 | 400 | 431), "{status}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n", "p".repeat(100_000));
    let status = world.wire("wiki.localhost").await.status(long).await;
    assert!(matches!(status, 0 | 400 | 414 | 431), "{status}");
    assert_eq!(browser.get(wiki.at("/")).await.status, 200);
    assert_eq!(world.origin().taken().len(), 1);
}
