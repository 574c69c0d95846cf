//! Cases 38 to 46, 61, 62 and 64: cookies, tokens and sessions under attack, over both protocols.

mod cookies;
mod ends;
mod isolation;
mod outage;

use crate::{
    h2,
    scene::{HOST, Scene},
};

/// The statuses of a GET with this `Cookie`, over HTTP/1.1 and HTTP/2; 0 where there was no answer.
async fn with_cookie(scene: &Scene, cookie: &str) -> [u16; 2] {
    get(scene, HOST, "/page", &[("cookie", cookie)]).await
}

/// The same at any host, with any fields.
async fn get(scene: &Scene, host: &str, path: &str, fields: &[(&str, &str)]) -> [u16; 2] {
    let lines: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let h1 = scene.h1_for(host).await.status(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")).await;
    let mut list = vec![(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path)];
    list.extend_from_slice(fields);
    let h2 = scene.h2_for(host).await.ask(&list, None).await.status().unwrap_or_default();
    [h1, h2]
}

/// Begins a request over HTTP/2 whose body stays open, and waits until the origin has its beginning.
async fn open_upload(scene: &Scene, client: &mut h2::Client, path: &str, more: &[(&str, &str)]) -> u32 {
    let (stream, fields) = (client.stream(), scene.fields("POST", path, more));
    let list = fields.list();
    let raw: Vec<(&[u8], &[u8])> = list.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    client.frame(h2::HEADERS, h2::END_HEADERS, stream, &h2::block(&raw)).await;
    client.frame(h2::DATA, 0, stream, b"a piece").await;
    stream
}
