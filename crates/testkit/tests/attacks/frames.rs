//! Case 20: what HTTP/2 can carry and HTTP/1.1 cannot; the origin is spoken to in HTTP/1.1.

use crate::{
    h2::{self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, block},
    scene::{HOST, Scene},
};

/// Case 20: request splitting by header values and names (the class of James Kettle's HTTP/2 desyncs).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn line_ends_and_other_controls_in_fields_are_refused() {
    let scene = Scene::start().await;
    let cookie = scene.cookie();
    let base: [(&[u8], &[u8]); 5] =
        [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", HOST.as_bytes()), (b":path", b"/x"), (b"cookie", cookie.as_bytes())];
    let odd: [(&[u8], &[u8]); 22] = [
        (b"x", b"a\r\nx-injected: 1"),
        (b"x", b"a\nx-injected: 1"),
        (b"x", b"a\rx-injected: 1"),
        (b"x", b"a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n"),
        (b"x", b"a\0b"),
        (b"x", b"a\x0bb"),
        (b"x\r\nx-injected: 1\r\ny", b"a"),
        (b"x: y\r\nz", b"a"),
        (b"x y", b"a"),
        (b"x:", b"a"),
        (b"", b"a"),
        (b"X-Upper", b"a"),
        (b"x\0", b"a"),
        (b"x\xc3\xa9", b"a"),
        (b"connection", b"close"),
        (b"keep-alive", b"timeout=5"),
        (b"proxy-connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"websocket"),
        (b"te", b"gzip"),
        (b":status", b"200"),
        (b":unknown", b"x"),
    ];
    for field in odd {
        let fields = [&base[..], &[field]].concat();
        let mut wire = scene.h2().await;
        let stream = wire.request_raw(&fields, None).await;
        let outcome = wire.outcome(stream).await;
        assert!(outcome.is_refused(), "{field:?}: {outcome:?}");
    }
    scene.origin.nothing("none of these can be written in HTTP/1.1");
    scene.serves_on().await;
}

/// Case 20: pseudo-fields that are odd, missing, doubled or late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pseudo_fields_have_one_form() {
    let scene = Scene::start().await;
    let cookie = scene.cookie();
    let c = ("cookie", cookie.as_str());
    let (m, s, a, p) = ((":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", "/x"));
    let odd: [&[(&str, &str)]; 22] = [
        &[m, s, a, (":path", "/x HTTP/1.1\r\nx-injected: 1"), c],
        &[m, s, a, (":path", "/x y"), c],
        &[m, s, a, (":path", "/x\ty"), c],
        &[m, s, a, (":path", "/x\r\n"), c],
        &[m, s, a, (":path", "/x\0"), c],
        &[m, s, a, (":path", ""), c],
        &[m, s, a, (":path", "x"), c],
        &[m, s, a, (":path", "*"), c],
        &[m, s, a, (":path", "https://wiki.localhost/x"), c],
        &[m, s, a, c],
        &[m, a, p, c],
        &[s, a, p, c],
        &[m, m, s, a, p, c],
        &[m, s, a, p, p, c],
        &[m, s, s, a, p, c],
        &[m, s, a, c, p],
        &[c, m, s, a, p],
        &[m, ("x", "y"), s, a, p, c],
        &[(":method", "GET /x HTTP/1.1\r\nx-injected: 1\r\n"), s, a, p, c],
        &[(":method", ""), s, a, p, c],
        &[m, (":scheme", "https://evil.example/"), a, p, c],
        &[m, (":scheme", "ftp"), a, p, c],
    ];
    for fields in odd {
        let outcome = scene.h2().await.ask(fields, None).await;
        assert!(outcome.is_refused(), "{fields:?}: {outcome:?}");
    }
    scene.origin.nothing("no form but the one");
    scene.serves_on().await;
}

/// Case 20: a body that is longer or shorter than it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_not_as_long_as_it_says_never_arrives_whole() {
    let scene = Scene::start().await;
    for (lengths, body) in [
        (&["5"][..], &b"hello GET /smuggled"[..]),
        (&["500"], b"hello"),
        (&["0"], b"hello"),
        (&["5", "6"], b"hello"),
        (&["5", "5"], b"hello"),
        (&["5, 5"], b"hello"),
        (&["+5"], b"hello"),
        (&["-1"], b"hello"),
        (&["five"], b"hello"),
        (&["18446744073709551621"], b"hello"),
        (&["5"], b""),
    ] {
        let more: Vec<(&str, &str)> = lengths.iter().map(|length| ("content-length", *length)).collect();
        let outcome = scene.h2().await.ask(&scene.fields("POST", "/length", &more).list(), Some(body)).await;
        // An answer may have come before the fault did; then it is one to a body that was never whole.
        assert!(outcome.is_refused() || outcome.status().is_some_and(|status| status >= 400), "{lengths:?}: {outcome:?}");
        for taken in scene.origin.taken() {
            assert!(!taken.whole, "{lengths:?}: {taken:?}");
        }
    }
    let outcome = scene.h2().await.ask(&scene.fields("POST", "/length", &[("content-length", "5")]).list(), Some(b"hello")).await;
    assert_eq!(outcome.status(), Some(200));
    let taken = scene.origin.one();
    assert_eq!((taken.body.as_slice(), taken.whole), (&b"hello"[..], true));
    let outcome = scene.h2().await.ask(&scene.fields("GET", "/length", &[("content-length", "5")]).list(), None).await;
    assert!(outcome.is_refused(), "a length without a body: {outcome:?}");
    scene.origin.nothing("a length without a body");
    scene.serves_on().await;
}

/// Case 20: a body without a length is framed anew, whatever stands in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_framed_anew_whatever_stands_in_it() {
    let scene = Scene::start().await;
    let body = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: wiki.localhost\r\n\r\n".repeat(3);
    for method in ["POST", "GET", "DELETE", "OPTIONS"] {
        let outcome = scene.h2().await.ask(&scene.fields(method, "/body", &[]).list(), Some(&body)).await;
        assert_eq!(outcome.status(), Some(200), "{method}");
        let taken = scene.origin.one();
        assert_eq!((taken.body.as_slice(), taken.whole, taken.head.target.as_str()), (body.as_slice(), true, "/body"), "{method}");
    }
}

/// Case 20: frames in an order that no head has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_out_of_order_are_no_request() {
    let scene = Scene::start().await;
    let fields = scene.fields("POST", "/order", &[]);
    let list = fields.list();
    let raw: Vec<(&[u8], &[u8])> = list.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let head = block(&raw);
    let (begin, end) = head.split_at(head.len() / 2);
    let frames: [Vec<Vec<u8>>; 7] = [
        vec![h2::frame(DATA, END_STREAM, 1, b"hello")],
        vec![h2::frame(HEADERS, 0, 1, begin), h2::frame(DATA, 0, 1, b"x"), h2::frame(CONTINUATION, END_HEADERS, 1, end)],
        vec![h2::frame(HEADERS, 0, 1, begin), h2::frame(HEADERS, END_HEADERS | END_STREAM, 3, &head)],
        vec![h2::frame(CONTINUATION, END_HEADERS, 1, &head)],
        vec![h2::frame(HEADERS, END_HEADERS | END_STREAM, 2, &head)],
        vec![h2::frame(HEADERS, END_HEADERS | END_STREAM, 0, &head)],
        vec![h2::frame(HEADERS, END_HEADERS, 1, &head), h2::frame(HEADERS, END_HEADERS, 1, &block(&[(b":path", b"/smuggled")]))],
    ];
    for (number, frames) in frames.iter().enumerate() {
        let mut wire = scene.h2().await;
        wire.send(&frames.concat()).await;
        let outcome = wire.outcome(1).await;
        assert!(outcome.status().is_none_or(|status| status >= 400), "{number}: {outcome:?}");
        assert!(scene.origin.taken().iter().all(|taken| !taken.whole), "{number}");
    }
    let mut wire = scene.h2().await;
    wire.send(&[h2::frame(HEADERS, END_STREAM, 1, begin), h2::frame(CONTINUATION, END_HEADERS, 1, end)].concat()).await;
    assert_eq!(wire.outcome(1).await.status(), Some(200), "in order");
    assert_eq!(scene.origin.one().head.target, "/order");
}
