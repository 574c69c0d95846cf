//! WebSockets over HTTP/2 (RFC 8441), and what else CONNECT may not do.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use h2::{RecvStream, SendStream, client, ext::Protocol};
use http::{HeaderValue, Method, Request, Response};
use tokio::net::TcpListener;

use crate::{
    http2_origins::h2_client,
    rig::{Rig, run},
    wire::Wire,
};

fn connect(host: &str, cookie: &str) -> Request<()> {
    let mut request = Request::builder().method(Method::CONNECT).uri(format!("https://{host}:8443/ws?x=1")).body(()).unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    request.headers_mut().insert("sec-websocket-version", HeaderValue::from_static("13"));
    if !cookie.is_empty() {
        request.headers_mut().insert("cookie", HeaderValue::from_str(cookie).unwrap());
    }
    request
}

async fn ask(client: &mut client::SendRequest<Bytes>, request: Request<()>) -> (Response<RecvStream>, SendStream<Bytes>) {
    let (answer, upload) = client.send_request(request, false).unwrap();
    (answer.await.unwrap(), upload)
}

/// The next upgrade at the origin: its head and the accept value for its key.
async fn upgrade(listener: &TcpListener) -> (Wire, String, String) {
    let mut wire = Wire::from(listener.accept().await.unwrap().0);
    let head = wire.head().await;
    let key = head.lines().find_map(|l| l.strip_prefix("sec-websocket-key: ")).unwrap();
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()));
    (wire, head, accept)
}

fn switching(accept: &str) -> String {
    format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
}

async fn elsewhere(rig: &Rig, app: &str) -> TcpListener {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    rig.send_elsewhere(app, listener.local_addr().unwrap()).await;
    listener
}

#[test]
fn a_websocket_over_http2_becomes_an_upgrade_and_ends_with_its_session() {
    run(async |rig| {
        let listener = elsewhere(&rig, "wiki").await;
        let live = rig.sign_in("ilo").await;
        let cookie = format!("CF_Authorization={}", rig.token("wiki", &live));
        let mut client = h2_client(&rig).await;
        let origin = async {
            let (mut wire, head, accept) = upgrade(&listener).await;
            assert!(head.starts_with("GET /ws?x=1 HTTP/1.1\r\n") && head.contains("upgrade: websocket\r\n"), "{head}");
            wire.send(switching(&accept)).await;
            // Unmasked from the origin, masked from the client: to the door they are bytes.
            wire.send(b"\x81\x02hi").await;
            assert_eq!(wire.bytes(8).await, b"\x81\x82\0\0\0\0yo");
            wire
        };
        let talk = async {
            let (answer, mut upload) = ask(&mut client, connect("wiki.localhost", &cookie)).await;
            assert_eq!(answer.status(), 200);
            for gone in ["sec-websocket-accept", "upgrade", "connection"] {
                assert!(!answer.headers().contains_key(gone), "{gone}");
            }
            let mut body = answer.into_body();
            assert_eq!(body.data().await.unwrap().unwrap(), &b"\x81\x02hi"[..]);
            upload.send_data(Bytes::from_static(b"\x81\x82\0\0\0\0yo"), false).unwrap();
            (body, upload)
        };
        let (mut wire, (mut body, _upload)) = tokio::join!(origin, talk);
        rig.revoke(&live).await;
        let close = body.data().await.unwrap().unwrap();
        assert_eq!(&close[..4], [0x88, close.len() as u8 - 2, 3, 240], "1008");
        assert_eq!(wire.rest().await, b"", "and the origin's side is closed");
    });
}

#[test]
fn an_origin_that_answers_another_key_or_does_not_switch_opens_nothing() {
    run(async |rig| {
        let listener = elsewhere(&rig, "open").await;
        for (said, status) in [
            (switching("bm90IHRoZSByaWdodCBvbmU="), 502),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(), 502),
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(), 404),
        ] {
            let mut client = h2_client(&rig).await;
            let origin = async {
                let (mut wire, _, _) = upgrade(&listener).await;
                wire.send(&said).await;
                wire
            };
            let (_wire, (answer, _)) = tokio::join!(origin, ask(&mut client, connect("open.localhost", "")));
            assert_eq!(answer.status(), status, "{said}");
        }
    });
}

#[test]
fn a_websocket_over_http2_needs_a_session_and_a_page_of_this_host() {
    run(async |rig| {
        let mut client = h2_client(&rig).await;
        assert_eq!(ask(&mut client, connect("wiki.localhost", "")).await.0.status(), 302);
        let mut foreign = connect("open.localhost", "");
        foreign.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example"));
        assert_eq!(ask(&mut client, foreign).await.0.status(), 403);
    });
}

#[test]
fn every_other_connect_is_refused() {
    run(async |rig| {
        let mut client = h2_client(&rig).await;
        let mut other = connect("open.localhost", "");
        other.extensions_mut().insert(Protocol::from_static("connect-udp"));
        assert_eq!(ask(&mut client, other).await.0.status(), 405);
        assert_eq!(rig.ask("CONNECT open.localhost:80", "open.localhost:80", "", "").await.status(), 405);
    });
}
