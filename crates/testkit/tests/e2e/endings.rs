//! How connections end: the last answer is read, and TLS says goodbye.

use http::Method;
use testkit::{Rule, Speech, World, bypass};

const LARGE: usize = 4 << 20;

fn upload(host: &str, path: &str, body: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body}\r\n\r\n{}",
        "x".repeat(body)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_read_though_the_upload_it_refuses_is_not() {
    let world = World::start().await;
    let open = world.app("open").policy(bypass(Rule::Everyone)).upstream("body_limit_bytes", 1000.into()).create().await;
    let host = format!("{}:{}", open.host, world.port());
    let mut wire = world.wire(&open.host).await;
    wire.send(upload(&host, "/", LARGE)).await;
    let (answer, goodbye) = wire.rest_and_goodbye().await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(goodbye, "the connection was reset or cut");
    assert!(world.origin().taken().is_empty(), "nothing reached the origin");
    let sent = world.browser().speaking(Speech::Http2).ask(Method::POST, open.at("/")).body("x".repeat(LARGE)).send().await;
    assert_eq!(sent.status, 413, "over HTTP/2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_the_api_is_read_though_the_upload_was_not() {
    let world = World::start().await;
    let team = world.team();
    let host = team.strip_prefix("https://").unwrap();
    let mut wire = world.wire(host.split(':').next().unwrap()).await;
    wire.send(upload(host, "/client/v4/accounts", LARGE)).await;
    let (answer, goodbye) = wire.rest_and_goodbye().await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.trim_end().ends_with('}'), "{answer}");
    assert!(goodbye, "the connection was reset or cut");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_asked_to_close_says_goodbye() {
    let world = World::start().await;
    let open = world.app("open").policy(bypass(Rule::Everyone)).create().await;
    let mut wire = world.wire(&open.host).await;
    wire.send(format!("GET / HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n", open.host, world.port())).await;
    let (answer, goodbye) = wire.rest_and_goodbye().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && goodbye, "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_an_upload_unread_says_that_the_connection_ends() {
    let world = World::start().await;
    let open = world.app("open").policy(bypass(Rule::Everyone)).upstream("body_limit_bytes", 1000.into()).create().await;
    let closed = world.app("closed").create().await;
    let team = world.team();
    let team = team.strip_prefix("https://").unwrap();
    let of = |host: &str| format!("{host}:{}", world.port());
    let larger = "x".repeat(2000);
    for (host, path, body, status, ends) in [
        (of(&open.host), "/", larger.as_str(), 413, true),
        (of(&open.host), "/", "x", 200, false),
        (of(&closed.host), "/", "x", 403, true),
        (team.to_owned(), "/console/door", "token=dwd_none", 403, false),
        (team.to_owned(), "/client/v4/accounts", "{}", 405, true),
        (team.to_owned(), "/populations/none/scim/v2/Users", "{}", 401, true),
    ] {
        let verb = if path == "/console/door" { "POST" } else { "PUT" };
        let mut wire = world.wire(host.split(':').next().unwrap()).await;
        // The rest of the body is on its way, or never comes.
        wire.send(format!(
            "{verb} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        let answer = wire.head().await.to_ascii_lowercase();
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{path}: {answer}");
        assert_eq!(answer.contains("\r\nconnection: close\r\n"), ends, "{path}: {answer}");
    }
}
