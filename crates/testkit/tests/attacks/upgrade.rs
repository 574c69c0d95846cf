//! Case 19: a connection changes hands only after the origin agreed, and nothing passes before.

use crate::{
    origin::Reply,
    scene::{HOST, Scene},
};

const WEBSOCKET: &str =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Case 19: Pingora CVE-2026-2833, bytes behind `Upgrade` that went through before anybody had agreed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_before_the_switch_are_not_forwarded_before_it() {
    let scene = Scene::start().await;
    scene.origin.reply("/ws", Reply::Switch);
    let mut wire = scene.h1().await;
    // A masked text frame, "hi", sent before anybody agreed to anything.
    let frame = [0x81, 0x82, 0, 0, 0, 0, b'h', b'i'];
    wire.send([scene.head("GET /ws", WEBSOCKET).as_bytes(), &frame].concat()).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(101));
    wire.send(frame).await;
    assert!(wire.until(&frame.repeat(2)).await.is_some(), "both come back");
    scene.origin.until(2).await;
    // The recorder notes a fault when anything came before its 101.
    assert_eq!(scene.origin.taken().len(), 1);
    assert!(scene.origin.tunnelled().starts_with(&frame), "afterwards they go their way");
}

/// Case 19: the origin declines. What the client sent behind is read as the next request, and judged as one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_origin_declines_what_follows_is_judged_on_its_own() {
    let scene = Scene::start().await;
    let stranger = format!("GET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let mut wire = scene.h1().await;
    wire.send(scene.head("GET /declined", WEBSOCKET) + &stranger + &scene.head("GET /next", "")).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(wire.answer().await.map(|answer| answer.status));
    }
    assert_eq!(statuses, [Some(200), Some(302), Some(200)]);
    let taken = scene.origin.taken();
    assert_eq!(taken.iter().map(|taken| taken.head.target.as_str()).collect::<Vec<_>>(), ["/declined", "/next"]);

    let mut wire = scene.h1().await;
    wire.send([scene.head("GET /declined", WEBSOCKET).as_bytes(), &[0x81, 0x82, 0, 0, 0, 0, b'\r', b'\n']].concat()).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(200));
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(400), "a frame is no request");
    assert!(wire.ends().await);
    assert_eq!(scene.origin.taken().len(), 1);
}

/// Case 19: nobody signed in, so that the door itself declines.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_door_declines_nothing_passes() {
    let scene = Scene::start().await;
    scene.origin.reply("/ws", Reply::Switch);
    let mut wire = scene.h1().await;
    wire.send(format!("GET /ws HTTP/1.1\r\nHost: {HOST}\r\n{WEBSOCKET}\r\n{}", scene.head("GET /next", ""))).await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(302));
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(200));
    assert_eq!(scene.origin.one().head.target, "/next");
    assert!(scene.origin.tunnelled().is_empty());
}

/// Case 19: `h2c` and whatever else is not a WebSocket is a plain request; its upgrade does not pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_protocol_is_switched_to() {
    let scene = Scene::start().await;
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    scene.origin.reply("/agrees", Reply::After(switch.to_vec()));
    for lines in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
        "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n",
        "Connection: Upgrade\r\nUpgrade: foo, websocket\r\n",
        "Connection: Upgrade\r\nUpgrade: websocketx\r\n",
        "Upgrade: websocket\r\n",
        "Connection: close, x\r\nUpgrade: websocket\r\n",
    ] {
        assert_eq!(scene.h1().await.status(scene.head("GET /plain", lines)).await, 200, "{lines:?}");
        let taken = scene.origin.one();
        for gone in ["upgrade", "http2-settings"] {
            assert_eq!(taken.head.one(gone), None, "{lines:?}");
        }
        assert!(taken.head.one("connection").is_none_or(|value| !value.to_lowercase().contains("upgrade")), "{lines:?}");
        let mut wire = scene.h1().await;
        wire.send(scene.head("GET /agrees", lines) + &scene.head("GET /smuggled", "")).await;
        let status = wire.answer().await.map(|answer| answer.status);
        assert!(matches!(status, None | Some(502)), "an origin that switches unasked: {status:?}");
        // Where the connection goes on, what came behind is asked before the next round looks.
        wire.answer().await;
        assert!(scene.origin.taken().iter().all(|taken| taken.head.target != "/smuggled" || taken.connection > 0), "{lines:?}");
    }
    for method in ["POST", "OPTIONS"] {
        let status = scene.h1().await.status(scene.head(&format!("{method} /plain"), WEBSOCKET)).await;
        assert_eq!(status, 200, "{method}");
        assert_eq!(scene.origin.taken().iter().filter(|taken| taken.head.one("upgrade").is_some()).count(), 0);
    }
}

/// Case 19: a request for a WebSocket has no body that could be taken for its frames.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_for_a_websocket_has_no_body() {
    let scene = Scene::start().await;
    scene.origin.reply("/ws", Reply::Switch);
    for body in ["Content-Length: 8\r\n\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"] {
        let (lines, body) = body.split_once("\r\n").expect("two parts");
        let mut wire = scene.h1().await;
        wire.send(scene.head("GET /ws", &format!("{WEBSOCKET}{lines}\r\n")) + body).await;
        assert_eq!(wire.answer().await.map(|answer| answer.status), Some(400), "{lines}");
        assert!(wire.ends().await);
    }
    scene.origin.nothing("no body");
}
