//! An origin over real HTTPS: the page, the echo, the ticks, and that it stops with connections open.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Certificate, Client};
use serde_json::Value;

use super::*;
use crate::authority::Authority;
use crate::places::Places;

async fn origin() -> (Origin, Client, std::path::PathBuf) {
    let folder = std::env::temp_dir().join(format!("doorward-origin-{}-{:?}", std::process::id(), std::thread::current().id()));
    std::fs::create_dir_all(&folder).unwrap();
    let authority = Authority::open_or_make(&folder).unwrap();
    let client = Client::builder()
        .tls_certs_only([Certificate::from_pem(authority.pem.as_bytes()).unwrap()])
        .no_proxy()
        .timeout(Duration::from_secs(9))
        .build()
        .unwrap();
    let subject = Subject { title: "The <wiki>".into(), text: "Tides & berths.".into() };
    let verifier = Verifier::new(client.clone(), "https://team.localhost:1");
    let tls = authority.issue("localhost").unwrap().server().unwrap();
    let origin = start(Places::loopback(0), tls, subject, verifier).await.unwrap();
    (origin, client, folder)
}

#[tokio::test]
async fn echo_shows_method_path_headers_and_repeated_headers_as_lists() {
    let (origin, client, folder) = origin().await;
    let url = format!("https://{}/echo/deep?a=1", origin.address);
    let request = client.put(url).header("x-one", "1").header("x-two", "a").header("x-two", "b").body("hello");
    let seen: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(seen["method"], "PUT");
    assert_eq!(seen["path"], "/echo/deep");
    assert_eq!(seen["query"], "a=1");
    assert_eq!(seen["headers"]["x-one"], "1");
    assert_eq!(seen["headers"]["x-two"], serde_json::json!(["a", "b"]));
    assert_eq!(seen["body"], "hello");
    origin.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_page_escapes_what_it_shows_and_says_that_a_made_up_assertion_is_bad() {
    let (origin, client, folder) = origin().await;
    let url = format!("https://{}/<b>", origin.address);
    let request = client.get(url).header("cf-access-authenticated-user-email", "<i>mara</i>").header("cf-access-jwt-assertion", "a.b.c");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("The &lt;wiki&gt;") && page.contains("&lt;i&gt;mara"), "{page}");
    assert!(page.contains("does not verify"), "{page}");
    let bare = client.get(format!("https://{}/", origin.address)).send().await.unwrap().text().await.unwrap();
    assert!(bare.contains("The assertion is missing"), "{bare}");
    origin.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn events_tick_at_once_and_end_when_the_origin_stops() {
    let (origin, client, folder) = origin().await;
    let answer = client.get(format!("https://{}/sse", origin.address)).send().await.unwrap();
    let mut stream = answer.bytes_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("data: tick 1"));
    origin.stop().await;
    while let Some(Ok(_)) = stream.next().await {}
    std::fs::remove_dir_all(folder).unwrap();
}
