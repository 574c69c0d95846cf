//! Cases 18 and 21: where a request ends. What has two readings is refused and the connection ended; nothing behind it is a request.

use crate::{
    h1::Answer,
    origin::Reply,
    scene::{HOST, Scene},
};

/// Sends a request that must be refused with a second one behind it, and asserts that the connection ended after one answer.
async fn refused(scene: &Scene, bytes: impl AsRef<[u8]>, what: &str) -> Answer {
    let mut wire = scene.h1().await;
    wire.send([bytes.as_ref(), scene.head("GET /smuggled", "").as_bytes()].concat()).await;
    let answer = wire.answer().await.unwrap_or_else(|| panic!("{what}: no answer"));
    assert!(matches!(answer.status, 400 | 431 | 505), "{what}: {}", answer.status);
    assert_eq!(answer.field("connection"), Some("close"), "{what}");
    assert!(!answer.body.is_empty() && answer.field("content-type") == Some("text/plain; charset=utf-8"), "{what}: says why");
    assert!(wire.ends().await, "{what}: nothing else is answered");
    scene.origin.nothing(what);
    answer
}

/// Case 18: hyper CVE-2021-32714 and CVE-2021-32715, Pingora CVE-2026-2835.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_with_two_readings_is_refused_and_smuggles_nothing() {
    let scene = Scene::start().await;
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: nonsense\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5;\r\n",
        "Content-Length: \"5\"\r\n",
        "Content-Length: 5.0\r\n",
        "Content-Length:\r\n",
        "Content-Length: 18446744073709551621\r\n",
        "Content-Length: 5\r\n\tX: y\r\n",
        "Content-Length\t: 5\r\n",
        "Content-Length : 5\r\n",
        " Content-Length: 5\r\n",
        "X: y\nContent-Length: 5\r\n",
        "X: y\rContent-Length: 5\r\n",
        "X: y\r\n\nContent-Length: 5\r\n",
        "Content-Length: 5\0\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunkedx\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\ntransfer-encoding: x\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        "Transfer-Encoding: \x0cchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding:\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n",
    ] {
        refused(&scene, scene.head("POST /x", lines) + "0\r\n\r\n", lines).await;
    }
    scene.serves_on().await;
}

/// Case 18: spellings that a gateway interface folds into a framing header are no framing here and none at the origin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spellings_of_framing_headers_do_not_reach_the_origin() {
    let scene = Scene::start().await;
    let names = ["Content_Length", "content.length", "Transfer_Encoding", "transfer.encoding", "Transfer~Encoding"];
    for name in names {
        let lines = format!("{name}: 50\r\nContent-Length: 2\r\n");
        let status = scene.h1().await.status(scene.head("POST /x", &lines) + "ab").await;
        assert!(matches!(status, 200 | 400), "{name}: {status}");
        let lower = name.to_lowercase();
        let fields = scene.fields("POST", "/x", &[(&lower, "50"), ("content-length", "2")]);
        let outcome = scene.h2().await.ask(&fields.list(), Some(b"ab")).await;
        assert!(outcome.is_refused() || outcome.status() == Some(200), "{name}: {outcome:?}");
        for taken in scene.origin.taken() {
            assert_eq!(taken.body, b"ab", "{name}");
            assert!(taken.head.fields.iter().all(|(key, _)| !key.eq_ignore_ascii_case(name)), "{name}: {:?}", taken.head.fields);
        }
    }
}

/// Case 18: heads that readers take differently.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_with_two_readings_are_refused() {
    let scene = Scene::start().await;
    let rest = format!("Host: {HOST}\r\nCookie: {}\r\n", scene.cookie());
    for first in [
        "GET / HTTP/1.1\n",
        "GET  / HTTP/1.1\r\n",
        "GET\t/\tHTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n",
        "GET / x HTTP/1.1\r\n",
        " GET / HTTP/1.1\r\n",
        "GET / http/1.1\r\n",
        "GET / HTTP/1.2\r\n",
        "GET / HTTP/2.0\r\n",
        "GET / HTTP/0.9\r\n",
        "GET / HTTP/11\r\n",
        "GET /\r\n",
        "GET\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\n",
        "\nGET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n",
        "GET / HTTP/1.1\r\nX: y\r\n\tz\r\n",
        "GET / HTTP/1.1\r\nX y: z\r\n",
        "GET / HTTP/1.1\r\nX\r\n",
        "GET / HTTP/1.1\r\n: y\r\n",
        "GET / HTTP/1.1\r\nX\0: y\r\n",
        "GET / HTTP/1.1\r\nX: a\0b\r\n",
        "GET / HTTP/1.1\r\nX: a\x08b\r\n",
        "GET / HTTP/1.1\r\nX: a\x7fb\r\n",
        "GET / HTTP/1.1\r\n\u{e9}: y\r\n",
        "GET / HTTP/1.1\r\nX[0]: y\r\n",
        "GET /caf\u{e9} HTTP/1.1\r\n",
        "GET /\x01 HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n",
    ] {
        refused(&scene, format!("{first}{rest}\r\n"), first).await;
    }
    refused(&scene, format!("GET / HTTP/1.1\r\n{rest}X: {}\r\n\r\n", "y".repeat(70_000)), "a large head").await;
    refused(&scene, format!("GET / HTTP/1.1\r\n{rest}{}\r\n", "X: y\r\n".repeat(200)), "many headers").await;
    scene.serves_on().await;
}

/// Case 18: a good request before a bad one is answered as if it had come alone, however the bytes are cut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_request_before_a_bad_one_is_answered_in_its_turn() {
    let scene = Scene::start().await;
    let good = scene.head("GET /good", "");
    let bad = scene.head("POST /bad", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
    let all = [good.as_bytes(), bad.as_bytes(), b"0\r\n\r\n", good.as_bytes()].concat();
    for cut in [1, good.len() - 1, good.len(), good.len() + 10, good.len() + bad.len() - 1, good.len() + bad.len()] {
        let mut wire = scene.h1().await;
        wire.send(&all[..cut]).await;
        tokio::task::yield_now().await;
        wire.send(&all[cut..]).await;
        let statuses = [wire.answer().await.map(|answer| answer.status), wire.answer().await.map(|answer| answer.status)];
        assert_eq!(statuses, [Some(200), Some(400)], "cut at {cut}");
        assert!(wire.ends().await, "cut at {cut}");
        assert_eq!(scene.origin.one().head.target, "/good");
    }
}

/// Case 18: chunks. What was whole reaches the origin; it never takes the rest for a whole body, and nothing behind it for a request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_with_two_readings_break_the_request_off() {
    let scene = Scene::start().await;
    for chunks in [
        "5;ext=1\r\nhello\r\n0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5_0\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff5\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n\r\n0\r\n\r\n",
        "g\r\n",
        "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: y\n\r\n",
        "5\r\nhello\r\n0\r\nX: a\rb\r\n\r\n",
        "5\r\nhello\r\n0\r\n folded\r\n\r\n",
    ] {
        let mut wire = scene.h1().await;
        let head = scene.head("POST /chunks", "Transfer-Encoding: chunked\r\n");
        wire.send(format!("{head}{chunks}{}", scene.head("GET /smuggled", ""))).await;
        if let Some(answer) = wire.answer().await {
            assert_eq!(answer.status, 400, "{chunks:?}: {}", answer.text());
            assert!(answer.text().contains("chunks"), "{chunks:?}: {}", answer.text());
        }
        assert!(wire.ends().await, "{chunks:?}");
        for taken in scene.origin.taken() {
            assert!(!taken.whole && taken.head.target == "/chunks", "{chunks:?}: {taken:?}");
        }
    }
    scene.serves_on().await;
    let mut wire = scene.h1().await;
    let head = scene.head("POST /chunks", "Transfer-Encoding: Chunked\r\n");
    assert_eq!(wire.status(format!("{head}005\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\n")).await, 200);
    assert_eq!(scene.origin.one().body, b"hello0123456789");
}

/// Names that must not come to an origin behind the body, in any spelling.
const FORBIDDEN_TRAILERS: [&str; 14] = [
    "cf-access-jwt-assertion",
    "cf_access_authenticated_user_email",
    "x-forwarded-for",
    "x-real-ip",
    "content-length",
    "transfer-encoding",
    "host",
    "connection",
    "cookie",
    "authorization",
    "te",
    "trailer",
    "expect",
    "upgrade",
];

fn assert_clean_trailers(scene: &Scene, what: &str) {
    let taken = scene.origin.one();
    assert_eq!(taken.body, b"hello", "{what}");
    let trailers = String::from_utf8_lossy(&taken.trailers).to_lowercase();
    for name in FORBIDDEN_TRAILERS {
        assert!(!trailers.lines().any(|line| line.starts_with(&format!("{name}:"))), "{what}: {name} in {trailers:?}");
    }
    assert!(!trailers.contains("forged"), "{what}: {trailers:?}");
}

/// Case 18: trailers that pass for headers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trailers_of_a_client_do_not_pass_for_headers_at_the_origin() {
    let scene = Scene::start().await;
    let lines: String = FORBIDDEN_TRAILERS.iter().map(|name| format!("{name}: forged\r\n")).collect();
    for announce in ["", "TE: trailers\r\n", "Trailer: Cf-Access-Jwt-Assertion, X-Forwarded-For\r\nTE: trailers\r\nConnection: TE\r\n"] {
        let head = scene.head("POST /trailers", &format!("{announce}Transfer-Encoding: chunked\r\n"));
        assert_eq!(scene.h1().await.status(format!("{head}5\r\nhello\r\n0\r\n{lines}\r\n")).await, 200, "{announce:?}");
        assert_clean_trailers(&scene, announce);
    }
    let mut wire = scene.h2().await;
    for te in [&[][..], &[("te", "trailers"), ("trailer", "cf-access-jwt-assertion")]] {
        let stream = wire.stream();
        let fields = scene.fields("POST", "/trailers", te);
        let list = fields.list();
        let raw: Vec<(&[u8], &[u8])> = list.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        // Names that HTTP/2 itself forbids would reset the stream before anybody scrubs.
        let trailers: Vec<(&[u8], &[u8])> = FORBIDDEN_TRAILERS
            .iter()
            .filter(|name| !matches!(**name, "connection" | "transfer-encoding" | "te" | "upgrade" | "content-length"))
            .map(|name| (name.as_bytes(), b"forged".as_slice()))
            .collect();
        use crate::h2::{DATA, END_HEADERS, END_STREAM, HEADERS, block};
        wire.frame(HEADERS, END_HEADERS, stream, &block(&raw)).await;
        wire.frame(DATA, 0, stream, b"hello").await;
        wire.frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&trailers)).await;
        assert_eq!(wire.outcome(stream).await.status(), Some(200));
        assert_clean_trailers(&scene, "over HTTP/2");
    }
}

/// Case 18 the other way: an origin's trailers cannot speak for the door.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trailers_of_an_origin_do_not_pass_for_the_doors_headers() {
    let scene = Scene::start().await;
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie\r\n\r\n5\r\nhello\r\n0\r\n\
                   Set-Cookie: CF_Authorization=forged\r\nContent-Length: 99\r\nConnection: close\r\nX-Sum: 7\r\n\r\n";
    scene.origin.reply("/sum", Reply::After(answer.to_vec()));
    let mut wire = scene.h1().await;
    wire.send(scene.head("GET /sum", "TE: trailers\r\nConnection: TE\r\n")).await;
    let end = wire.until(b"0\r\n").await.expect("the body");
    assert!(end.windows(5).any(|part| part == b"hello"));
    let mut trailers = Vec::new();
    loop {
        let line = wire.until(b"\r\n").await.expect("the end of the trailers");
        if line == b"\r\n" {
            break;
        }
        trailers.extend(line);
    }
    let trailers = String::from_utf8_lossy(&trailers).to_lowercase();
    assert!(!trailers.contains("set-cookie") && !trailers.contains("content-length") && !trailers.contains("connection"), "{trailers:?}");
    assert_eq!(wire.status(scene.head("GET /next", "")).await, 200, "the connection is in step");
}

/// Case 21: Pingora CVE-2025-4366, a body that nobody drained and a connection that was used again. The body is a request itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_nobody_reads_is_never_a_request() {
    let scene = Scene::start().await;
    let smuggled = scene.head("GET /smuggled", "");
    for size in [smuggled.len(), 100_000, 3_000_000] {
        let body = smuggled.repeat(size / smuggled.len());
        for (who, cookie) in [("nobody", String::new()), ("a forger", "Cookie: CF_Authorization=forged\r\n".to_owned())] {
            let mut wire = scene.h1().await;
            let head = format!("POST /x HTTP/1.1\r\nHost: {HOST}\r\n{cookie}Content-Length: {}\r\n\r\n", body.len());
            wire.send(format!("{head}{body}{}", scene.head("GET /next", ""))).await;
            let mut statuses = Vec::new();
            while !statuses.contains(&200)
                && let Some(answer) = wire.answer().await
            {
                statuses.push(answer.status);
            }
            assert!(matches!(statuses.as_slice(), [] | [302] | [302, 200]), "{who} {size}: {statuses:?}");
            let taken = scene.origin.taken();
            assert!(taken.iter().all(|taken| taken.head.target == "/next"), "{who} {size}: {taken:?}");
            assert_eq!(taken.len(), statuses.iter().filter(|status| **status == 200).count(), "{who} {size}");
        }
    }
    scene.serves_on().await;
}

/// An upload that was read leaves its connection as it is, whoever answers; one that the origin leaves ends it in words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_upload_that_nobody_reads_on_ends_its_connection() {
    let scene = Scene::start().await;
    scene.origin.reply("/mute", Reply::After(b"nonsense\r\n\r\n".to_vec()));
    let mut wire = scene.h1().await;
    wire.send(scene.head("POST /mute", "Content-Length: 10\r\n") + "0123456789").await;
    let answer = wire.answer().await.expect("the door's own");
    assert_eq!((answer.status, answer.field("connection")), (502, None));
    assert_eq!(wire.status(scene.head("GET /next", "")).await, 200, "on the same connection");

    let early = |end: &str| Reply::Early(format!("HTTP/1.1 413 Content Too Large\r\n{end}Content-Length: 4\r\n\r\nbig\n").into_bytes());
    for (end, told) in [("", None), ("Connection: close\r\n", Some("close"))] {
        scene.origin.reply("/early", early(end));
        let mut wire = scene.h1().await;
        wire.send(scene.head("POST /early", "Content-Length: 100000\r\n") + "0123456789").await;
        let answer = wire.answer().await.expect("the origin's");
        assert_eq!((answer.status, answer.field("connection")), (413, told));
    }
}

/// Case 21 towards the origin: it answers before it has the body, and the connection is not used again in the middle of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_not_used_again_in_the_middle_of_a_body() {
    let scene = Scene::start().await;
    let early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig\n";
    scene.origin.reply("/early", Reply::Early(early.to_vec()));
    let mut wire = scene.h1().await;
    wire.send(scene.head("POST /early", "Content-Length: 100000\r\n") + "0123456789").await;
    assert_eq!(wire.answer().await.map(|answer| answer.status), Some(413));
    for _ in 0..5 {
        assert_eq!(scene.h1().await.status(scene.head("GET /other", "")).await, 200, "others are served meanwhile");
    }
    let others = scene.origin.taken();
    assert!(others.iter().all(|taken| taken.head.target != "/early" || !taken.whole), "{others:?}");
    assert_eq!(others.iter().filter(|taken| taken.head.target == "/other").count(), 5);
    drop(wire);
    let mut wire = scene.h2().await;
    let length = [("content-length", "100000")];
    let fields = scene.fields("POST", "/early", &length);
    let list = fields.list();
    let raw: Vec<(&[u8], &[u8])> = list.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let stream = wire.stream();
    use crate::h2::{DATA, END_HEADERS, HEADERS, block};
    wire.frame(HEADERS, END_HEADERS, stream, &block(&raw)).await;
    wire.frame(DATA, 0, stream, b"0123456789").await;
    assert_eq!(wire.outcome(stream).await.status(), Some(413));
    for _ in 0..5 {
        assert_eq!(wire.ask(&scene.fields("GET", "/other", &[]).list(), None).await.status(), Some(200));
    }
    assert!(scene.origin.taken().iter().all(|taken| taken.head.target != "/early" || !taken.whole));
}
