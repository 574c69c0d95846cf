//! A WebSocket over HTTP/2 (RFC 8441), from the sign-in to its end with the session.

use bytes::Bytes;
use h2::{client, ext::Protocol};
use http::{Method, Request};
use serde_json::json;
use testkit::{World, allow_group, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_over_http2_opens_echoes_and_is_cut() {
    let world = World::start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    let token = browser.cookie(&wiki.url, "CF_Authorization").unwrap();
    let tls = world.network().tls(&wiki.host, world.port(), &["h2"]).await;
    let (sender, connection) = client::Builder::new().handshake::<_, Bytes>(tls).await.unwrap();
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    within("the settings of the other side", async {
        while !sender.is_extended_connect_protocol_enabled() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let asking = |cookie: Option<&str>| {
        let mut request = Request::builder().method(Method::CONNECT).uri(wiki.at("/ws")).header("sec-websocket-version", "13");
        if let Some(token) = cookie {
            request = request.header("cookie", format!("CF_Authorization={token}"));
        }
        let mut request = request.body(()).unwrap();
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        request
    };
    let (refused, _) = sender.send_request(asking(None), false).unwrap();
    assert_eq!(refused.await.unwrap().status(), 302, "no session, no WebSocket");

    let (answer, mut upload) = sender.send_request(asking(Some(&token)), false).unwrap();
    let answer = within("the answer", answer).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body();
    let greeting = within("the origin's greeting", body.data()).await.unwrap().unwrap();
    assert_eq!(greeting, &b"\x81\x05hello"[..]);
    // A masked text frame of two bytes, under a key of zeros.
    upload.send_data(Bytes::from_static(b"\x81\x82\0\0\0\0hi"), false).unwrap();
    let echo = but_ticks(&mut body).await;
    assert!(echo.starts_with(b"\x81") && echo.ends_with(b"hi"), "{echo:?}");
    world.api().post("access/organizations/revoke_user", json!({ "email": "mara@harbourworks.example" })).await;
    let close = but_ticks(&mut body).await;
    assert_eq!(close[0], 0x88);
    assert_eq!(u16::from_be_bytes([close[2], close[3]]), 1008);
}

/// The next frame but for the origin's own, one a second.
async fn but_ticks(body: &mut h2::RecvStream) -> Bytes {
    within("a frame", async {
        loop {
            let frame = body.data().await.unwrap().unwrap();
            if frame != b"\x81\x04tick"[..] {
                return frame;
            }
        }
    })
    .await
}
