//! Where a sign-in leads back to: always the host that was asked for.

use testkit::{World, allow_group};

/// Return addresses as attackers write them.
const CORPUS: [&str; 30] = [
    "//evil.example",
    "//evil.example/%2e%2e",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "http://evil.example",
    "//evil.example@wiki.localhost",
    "https://wiki.localhost@evil.example",
    "https://wiki.localhost.evil.example",
    "@evil.example",
    ".evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/..//evil.example",
    "/\u{2044}\u{2044}evil.example",
    "/\u{ff0f}evil.example",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_address_changed_on_the_way_leads_to_the_same_host() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    browser.jar(|jar| jar.remove("wiki.localhost", "CF_Authorization"));
    for payload in CORPUS {
        let mut login = browser.get(wiki.at("/asked")).await.location().unwrap();
        let pairs: Vec<(String, String)> = login.query_pairs().into_owned().filter(|(key, _)| key != "redirect_url").collect();
        for (how, value) in [("once", payload.to_owned()), ("twice", url::form_urlencoded::byte_serialize(payload.as_bytes()).collect())] {
            login.query_pairs_mut().clear().extend_pairs(&pairs).append_pair("redirect_url", &value);
            let ticket = browser.get(&login).await.location().unwrap();
            assert_eq!(ticket.host_str(), Some("wiki.localhost"), "{payload:?} {how}");
            let back = browser.get(ticket).await.location().unwrap();
            assert_eq!(back.as_str(), wiki.at("/asked"), "{payload:?} {how}: what was asked for stands in the signed meta");
            browser.jar(|jar| jar.remove("wiki.localhost", "CF_Authorization"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_looks_like_an_address_is_refused_or_stays_a_path() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    for payload in CORPUS {
        // As the raw target of a request, where it can be one.
        let target = if payload.starts_with('/') { payload.to_owned() } else { format!("/{payload}") };
        if !target.bytes().all(|b| b.is_ascii_graphic()) {
            continue;
        }
        let mut wire = world.wire("wiki.localhost").await;
        wire.send(format!("GET {target} HTTP/1.1\r\nHost: wiki.localhost:{}\r\nConnection: close\r\n\r\n", world.port())).await;
        let answer = wire.rest().await;
        if answer.starts_with("HTTP/1.1 400") {
            continue;
        }
        let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{payload:?}: {answer}"));
        browser.jar(|jar| jar.remove("wiki.localhost", "CF_Authorization"));
        let mark = answer.split("CF_AppSession=").nth(1).unwrap().split(';').next().unwrap();
        browser.jar(|jar| jar.put("wiki.localhost", "CF_AppSession", mark));
        let ticket = browser.get(location).await.location().unwrap();
        let back = browser.get(ticket).await;
        let to = back.header("location").unwrap();
        assert!(to.starts_with(&wiki.at("/")), "{payload:?}: {to}");
        assert_eq!(to, wiki.at(&target), "{payload:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_another_account_leads_back_to_the_same_host() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    for payload in CORPUS {
        let value: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        let begun = browser.get(wiki.at(&format!("/cdn-cgi/access/other-account?redirect_url={value}"))).await;
        let login = begun.location().unwrap();
        assert_eq!((begun.status, login.origin().ascii_serialization()), (302, world.team()), "{payload:?}");
        let ticket = browser.open_until(login, "/cdn-cgi/access/authorized").await;
        let back = browser.get(&ticket).await;
        let to = back.header("location").unwrap_or_else(|| panic!("{payload:?}: {} {}", back.status, back.body)).to_owned();
        assert!(to.starts_with(&wiki.at("/")), "{payload:?}: {to}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_header_cannot_poison_links() {
    let world = World::start().await;
    world.app("wiki").policy(allow_group("Pilots")).create().await;
    let mut wire = world.wire("wiki.localhost").await;
    wire.send("GET /x HTTP/1.1\r\nHost: WIKI.localhost:1\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n").await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    assert!(answer.contains(&format!("location: {}/cdn-cgi/access/login/wiki.localhost?", world.team())), "{answer}");
    assert!(!answer.contains("evil.example"), "{answer}");
    assert!(
        answer.contains(&format!("https://wiki.localhost:{}/.well-known", world.port())),
        "the configured port, not the header's: {answer}"
    );
}
