//! What reaches the origin, and what an origin may do to the client.

use http::Method;
use testkit::{Browser, World, allow_group};

async fn signed_in(world: &World) -> (testkit::App, Browser) {
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    world.origin().taken();
    (wiki, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identity_headers_of_the_client_are_stripped_in_every_spelling() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let mut ask = browser.ask(Method::GET, wiki.at("/"));
    for name in [
        "Cf-Access-Jwt-Assertion",
        "CF-ACCESS-AUTHENTICATED-USER-EMAIL",
        "cf_access_jwt_assertion",
        "Cf_Access-Authenticated_User-Email",
        "cf.access.jwt.assertion",
        "cf-access.authenticated.user_email",
        "cf_access_groups",
        "Cf-Access-Metadata",
    ] {
        ask = ask.header(name, "forged");
    }
    assert_eq!(ask.header("x-mine", "kept").send().await.status, 200);
    let seen = world.origin().one();
    let forged: Vec<_> = seen.headers.iter().filter(|(_, value)| value == "forged").collect();
    assert!(forged.is_empty(), "{forged:?}");
    assert_eq!(seen.header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
    assert_eq!(seen.header("cf-access-jwt-assertion"), browser.cookie(&wiki.url, "CF_Authorization").as_deref());
    assert_eq!(seen.header("x-mine"), Some("kept"));
    let names = seen.headers.iter().filter(|(name, _)| name.to_lowercase().replace(['_', '.'], "-").starts_with("cf-access"));
    assert_eq!(names.count(), 2, "{:?}", seen.headers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_header_cannot_take_our_headers_away() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let mut wire = world.wire("wiki.localhost").await;
    let status = wire
        .status(format!(
            "GET / HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: CF_Authorization={token}\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
             Proxy-Authorization: Basic eDp5\r\nTE: gzip\r\nProxy-Connection: keep-alive\r\n\
             Connection: close, x-hop, Cf-Access-Jwt-Assertion, cf-access-authenticated-user-email, x-forwarded-for, cookie, host\r\n\r\n"
        ))
        .await;
    assert_eq!(status, 200);
    let seen = world.origin().one();
    assert_eq!(seen.header("cf-access-jwt-assertion"), Some(token.as_str()));
    assert_eq!(seen.header("cf-access-authenticated-user-email"), Some("mara@harbourworks.example"));
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(
        seen.header("host"),
        Some(format!("wiki.localhost:{}", world.port()).as_str()),
        "the public name, whatever the client wrote"
    );
    for gone in ["x-hop", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade"] {
        assert_eq!(seen.header(gone), None, "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forwarding_headers_are_dropped_and_rebuilt() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let mut ask = browser.ask(Method::GET, wiki.at("/a?b=c"));
    for name in [
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-uri",
        "x-forwarded-prefix",
        "x-forwarded-method",
        "x-forwarded-user",
        "x_forwarded_for",
        "forwarded",
        "x-real-ip",
        "x-original-url",
        "x-rewrite-url",
        "cf-connecting-ip",
        "true-client-ip",
    ] {
        ask = ask.header(name, "6.6.6.6");
    }
    assert_eq!(ask.send().await.status, 200);
    let seen = world.origin().one();
    let forged: Vec<_> = seen.headers.iter().filter(|(_, value)| value.contains("6.6.6.6")).collect();
    assert!(forged.is_empty(), "{forged:?}");
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("https"));
    assert_eq!(seen.header("x-forwarded-host"), Some("wiki.localhost"));
    assert_eq!(seen.header("host"), Some(format!("wiki.localhost:{}", world.port()).as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_and_own_cookies_stay_at_the_door() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let cookies = format!("a=1; CF_AppSession=x; CF_Authorization={token}; CF_Session=y; CF_Binding=z; CF_Device=d; b=2");
    let ask = || browser.ask(Method::GET, wiki.at("/")).without_cookies().header("cookie", &cookies);
    assert_eq!(ask().send().await.status, 200);
    assert_eq!(world.origin().one().header("cookie"), Some(format!("a=1; CF_Authorization={token}; b=2").as_str()));

    let path = format!("doorward/apps/{}/upstream", wiki.id);
    let mut upstream = world.api().get(&path).await;
    upstream["forward_token_cookie"] = false.into();
    world.api().put(&path, upstream).await;
    assert_eq!(ask().send().await.status, 200);
    assert_eq!(world.origin().one().header("cookie"), Some("a=1; b=2"));

    let by_header = browser.ask(Method::GET, wiki.at("/")).without_cookies().header("cf-access-token", &token).send().await;
    assert_eq!(by_header.status, 200);
    let seen = world.origin().one();
    assert_eq!((seen.header("cf-access-token"), seen.header("cookie")), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_can_set_its_own_cookies_but_not_the_doors() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let page = browser.get(wiki.at("/cookies")).await;
    assert_eq!(page.set_cookies(), ["theme=dark; Path=/"]);
    assert_eq!(browser.get(wiki.at("/teapot")).await.status, 418, "statuses pass as they are");
    assert_eq!(browser.get(wiki.at("/")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_pass_whole_in_both_directions() {
    let world = World::start().await;
    let (wiki, browser) = signed_in(&world).await;
    let big = browser.get(wiki.at("/big")).await;
    assert_eq!((big.status, big.body.len()), (200, 3 << 20));
    world.origin().taken();
    let sent = "y".repeat(2 << 20);
    let page = browser.ask(Method::PUT, wiki.at("/echo")).body(sent.clone()).send().await;
    assert_eq!(page.status, 200);
    let seen = world.origin().one();
    assert_eq!((seen.method.as_str(), seen.body.len()), ("PUT", sent.len()));
    let head = browser.ask(Method::HEAD, wiki.at("/big")).send().await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("3145728"), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_is_away_or_slow_is_said_to_be_so() {
    let world = World::start().await;
    let policy = || allow_group("Pilots");
    let away = world.app("away").policy(policy()).upstream("url", "http://127.0.0.1:1".into()).create().await;
    let slow = world.app("slow").policy(policy()).upstream("response_timeout_ms", 300.into()).create().await;
    let browser = world.browser().sign_in("mara");
    let page = browser.open(away.at("/")).await;
    assert_eq!(page.status, 502);
    assert!(page.body.contains("away does not answer") && page.body.contains("cannot be reached"), "{}", page.body);
    let page = browser.open(slow.at("/slow")).await;
    assert_eq!(page.status, 504);
    assert!(page.body.contains("did not answer in time"), "{}", page.body);
    page.reference();
    world.origin().release();
    assert_eq!(browser.get(slow.at("/slow")).await.status, 200);
}
