//! What one client may take, and what it is told when it takes more.

use std::{net::SocketAddr, time::Instant};

use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, World, allow_group, bypass};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// A world with such limits.
async fn limited(limits: &str) -> World {
    World::plan().http(&format!("[operation]\nlisten = [\"127.0.0.1:0\"]\n[limits]\n{limits}")).start().await
}

async fn asked(at: SocketAddr, path: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
}

async fn from(address: &str, port: u16) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
    socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_learn_whether_it_lives_and_is_ready() {
    let world = limited("").await;
    let at = world.operation_address();
    assert_eq!(asked(at, "/live").await, (200, json!({ "status": "live" })));
    assert_eq!(asked(at, "/ready").await, (200, json!({ "status": "ready" })));
    assert_eq!(asked(at, "/elsewhere").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_drips_and_a_connection_that_rests_are_ended() {
    let world = limited("header_seconds = 1\nidle_seconds = 2").await;
    let wiki = world.app("wiki").policy(bypass(Rule::Everyone)).create().await;
    let mut drip = world.wire(&wiki.host).await;
    drip.send(format!("GET / HTTP/1.1\r\nHost: {}:{}\r\nX-Slow: ", wiki.host, world.port())).await;
    let mut rest = world.wire(&wiki.host).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {}:{}\r\n\r\n", wiki.host, world.port());
    assert_eq!(rest.status(&request).await, 200);
    assert_eq!(drip.rest().await, "", "no answer, and the end");
    let ended = rest.rest().await;
    assert!(!ended.contains("HTTP/1.1"), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_network_gets_so_many_connections_and_others_are_not_concerned() {
    let world = limited("connections_per_client = 40").await;
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(from("127.0.0.5", world.port()).await);
    }
    let mut one_more = from("127.0.0.5", world.port()).await;
    assert!(matches!(one_more.read(&mut [0; 1]).await, Ok(0) | Err(_)), "it is closed without a word");
    assert_eq!(world.api().call(Method::GET, "access/apps", None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_before_a_surface_are_in_its_form() {
    let world = limited("target_bytes = 1024").await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let ask = async |host: &str, path: &str| -> (u16, String) {
        let mut wire = world.wire(host).await;
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}:{}\r\nConnection: close\r\n\r\n", world.port())).await;
        let all = wire.rest().await;
        let (head, body) = all.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    };
    let (status, body) = ask("team.localhost", "/client/v4/accounts/../x").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, body["success"].clone(), body["errors"][0]["code"].clone()), (400, json!(false), json!(7003)), "{body}");
    let (status, body) = ask("team.localhost", "/populations/x/scim/v2/%2e%2e/y").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, body["status"].clone()), (400, json!("400")), "{body}");
    let long = format!("/client/v4/accounts?name={}", "x".repeat(1024));
    let (status, body) = ask("team.localhost", &long).await;
    assert_eq!((status, serde_json::from_str::<Value>(&body).unwrap()["errors"][0]["code"].clone()), (414, json!(10414)));
    let (status, body) = ask(&wiki.host, "/a/../b").await;
    assert_eq!(status, 400);
    assert!(body.contains("normal form"), "{body}");
}

/// The first answer that is a 429. So many a minute go through at once, and no more than what comes back meanwhile.
async fn until_429<T>(per_minute: u64, mut ask: impl AsyncFnMut() -> T, status: impl Fn(&T) -> u16) -> T {
    let began = Instant::now();
    for passed in 0.. {
        let told = ask().await;
        if status(&told) == 429 {
            return told;
        }
        let most = per_minute + per_minute * (began.elapsed().as_secs() + 1) / 60 + 1;
        assert!(passed < most, "{passed} were let through before this one");
    }
    unreachable!("it ends sooner")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knocks_too_often_is_told_when_to_come_again() {
    let world = limited("sign_in_per_minute = 5\nscim_per_client_per_minute = 5\napi_per_token_per_minute = 60").await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser();
    assert_eq!(browser.open(wiki.at("/")).await.status, 200);
    let told = until_429(5, async || browser.open(wiki.at("/")).await, |page| page.status).await;
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert!(told.body.contains("Too many attempts"), "{}", told.body);

    let scim = world.scim();
    let last = until_429(5, async || scim.call(Method::GET, "/Users", None).await, |reply| reply.status).await;
    assert_eq!(last.body["status"], "429");

    let api = world.api();
    for _ in 0..40 {
        assert_eq!(api.call(Method::GET, "access/apps", None).await.status, 200, "a minute has sixty");
    }
    let last = until_429(60, async || api.call(Method::GET, "access/apps", None).await, |reply| reply.status).await;
    assert_eq!(last.body["errors"][0]["code"], 10429);
    let other = world.api().with_token("another").call(Method::GET, "access/apps", None).await;
    assert_ne!(other.status, 429, "another token is not concerned");
}
