//! Case 22: more of everything than anybody needs, before anybody signed in. What holds: memory stays bounded, others are served
//! meanwhile, and the connection ends or the flood is simply done with.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use testkit::within;

use crate::{
    h2::{self, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, block},
    scene::{HOST, Scene},
};

/// Growth of this process, which holds both the server and the flood.
const MOST_GROWTH_KIB: u64 = 96 * 1024;
/// For somebody else's request meanwhile, on a busy machine.
const MEANWHILE: Duration = Duration::from_secs(8);

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Runs a flood; Mara is served all the while, and memory does not grow without bound.
async fn endured<T>(scene: &Scene, flood: impl Future<Output = T>) -> T {
    let before = resident_kib();
    let meanwhile = async {
        loop {
            let begin = Instant::now();
            assert_eq!(scene.h1().await.status(scene.head("GET /meanwhile", "")).await, 200);
            assert!(begin.elapsed() < MEANWHILE, "others waited {:?}", begin.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let result = tokio::select! {
        result = flood => result,
        () = meanwhile => unreachable!("it goes on for ever"),
    };
    let growth = resident_kib().saturating_sub(before);
    assert!(growth < MOST_GROWTH_KIB, "memory grew by {growth} KiB");
    let taken = scene.origin.taken();
    assert!(taken.iter().all(|taken| taken.head.target == "/meanwhile"), "nobody signed in");
    scene.serves_on().await;
    result
}

fn stranger<'a>(method: &'a str, more: &[(&'a [u8], &'a [u8])]) -> Vec<(&'a [u8], &'a [u8])> {
    let base: [(&[u8], &[u8]); 4] =
        [(b":method", method.as_bytes()), (b":scheme", b"https"), (b":authority", HOST.as_bytes()), (b":path", b"/flood")];
    [&base[..], more].concat()
}

/// Case 22: OpenZiti GHSA-q8g9-jc4c-jp6q, a body without bound before anybody is asked who sends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_ten_gigabytes_is_answered_at_once_and_not_taken() {
    let scene = Scene::start().await;
    let chunk = vec![b'x'; 64 * 1024];
    let sent = endured(&scene, async {
        let mut wire = scene.h1().await;
        wire.send(format!("POST /flood HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 10737418240\r\n\r\n")).await;
        assert_eq!(wire.answer().await.map(|answer| answer.status), Some(302));
        let mut sent = 0_usize;
        while sent < 256 << 20 && wire.try_send(&chunk).await {
            sent += chunk.len();
        }
        sent
    })
    .await;
    assert!(sent < 64 << 20, "the connection ends, {sent} bytes later");

    let credit = endured(&scene, async {
        let mut wire = scene.h2().await;
        let stream = wire.stream();
        wire.frame(HEADERS, END_HEADERS, stream, &block(&stranger("POST", &[(b"content-length", b"10737418240")]))).await;
        assert_eq!(wire.outcome(stream).await.status(), Some(302));
        // Whoever respects the windows can send no more than they hold; who does not is cut off.
        let frame = h2::frame(DATA, 0, stream, &vec![b'x'; 16_000]);
        let mut sent = 0;
        while sent < 64 << 20 && wire.send(&frame).await {
            sent += 16_000;
        }
        sent
    })
    .await;
    assert!(credit < 64 << 20, "the connection ends, {credit} bytes later");
}

/// Case 22: a head that never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_headers_are_refused_after_a_few() {
    let scene = Scene::start().await;
    endured(&scene, async {
        let mut wire = scene.h1().await;
        wire.send(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n")).await;
        let lines = "X-Flood: yes\r\n".repeat(1000);
        let mut sent = 0;
        while sent < 1_000_000 && wire.try_send(lines.as_bytes()).await {
            sent += 1000;
        }
        let answer = wire.answer().await.map(|answer| answer.status);
        assert!(matches!(answer, Some(431)), "{answer:?}");
        assert!(wire.ends().await);
        let mut wire = scene.h1().await;
        wire.send(vec![b'G'; 200_000]).await;
        assert_eq!(wire.answer().await.map(|answer| answer.status), Some(431), "a line that never ends");
    })
    .await;
}

/// Case 22: a head over HTTP/2 that never ends, in one block or in pieces: the CONTINUATION flood (CVE-2024-27316, RUSTSEC-2024-0332).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_of_headers_without_end_ends_the_connection() {
    let scene = Scene::start().await;
    endured(&scene, async {
        for piece in [block(&vec![(b"x-flood".as_slice(), b"yes".as_slice()); 1000]), Vec::new(), b"\0\x01x\0".to_vec()] {
            let mut wire = scene.h2().await;
            let stream = wire.stream();
            wire.frame(HEADERS, END_STREAM, stream, &block(&stranger("GET", &[]))).await;
            let frame = h2::frame(CONTINUATION, 0, stream, &piece).repeat(10);
            let mut sent = 0;
            while sent < 20_000 && wire.send(&frame).await {
                sent += 10;
            }
            // What was sent behind its end is read for a moment, and forgotten.
            let code = wire.end().await;
            assert!(code.is_none_or(|code| code != 0), "pieces of {} bytes: {code:?}", piece.len());
        }
        let mut wire = scene.h2().await;
        let large = vec![(b"x-flood".as_slice(), b"yes".as_slice()); 3000];
        for _ in 0..50 {
            let stream = wire.stream();
            let whole = block(&stranger("GET", &large));
            let mut pieces = whole.chunks(16_000).peekable();
            let mut kind = HEADERS;
            while let Some(piece) = pieces.next() {
                let end = if pieces.peek().is_none() { END_HEADERS } else { 0 };
                wire.frame(kind, end | if kind == HEADERS { END_STREAM } else { 0 }, stream, piece).await;
                kind = CONTINUATION;
            }
            let outcome = wire.outcome(stream).await;
            assert!(outcome.is_refused(), "{outcome:?}");
        }
    })
    .await;
}

/// Case 22: rapid reset (CVE-2023-44487).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_reset_at_once_cost_others_nothing() {
    let scene = Scene::start().await;
    endured(&scene, async {
        for burst in [1_usize, 100] {
            let mut wire = scene.h2().await;
            let mut sent = 0;
            while sent < 5_000 {
                let mut bytes = Vec::new();
                for _ in 0..burst {
                    let stream = wire.stream();
                    bytes.extend(h2::frame(HEADERS, END_HEADERS | END_STREAM, stream, &block(&stranger("GET", &[]))));
                    bytes.extend(h2::frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
                }
                sent += burst;
                if !wire.send(&bytes).await {
                    break;
                }
            }
            if burst > 1 {
                assert_ne!(wire.end().await, Some(0), "a burst ends the connection");
            }
        }
    })
    .await;
}

/// Case 22: MadeYouReset (CVE-2025-8671): the server is made to reset, by frames that are faults of one stream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_the_server_is_made_to_reset_end_the_connection() {
    let scene = Scene::start().await;
    endured(&scene, async {
        let faults: [(u8, &[u8]); 2] = [(WINDOW_UPDATE, &[0, 0, 0, 0]), (WINDOW_UPDATE, &[0x7f, 0xff, 0xff, 0xff])];
        for (kind, payload) in faults {
            let mut wire = scene.h2().await;
            let mut sent = 0;
            while sent < 5_000 {
                let stream = wire.stream();
                let mut bytes = h2::frame(HEADERS, END_HEADERS, stream, &block(&stranger("POST", &[])));
                bytes.extend(h2::frame(kind, 0, stream, payload));
                sent += 1;
                if !wire.send(&bytes).await {
                    break;
                }
            }
            assert_ne!(wire.end().await, Some(0), "the connection ends");
        }
        let mut wire = scene.h2().await;
        let mut sent = 0;
        while sent < 5_000 {
            let stream = wire.stream();
            let bad = block(&stranger("GET", &[(b"connection", b"close")]));
            sent += 1;
            if !wire.send(&h2::frame(HEADERS, END_HEADERS | END_STREAM, stream, &bad)).await {
                break;
            }
        }
        assert_ne!(wire.end().await, Some(0), "malformed heads end the connection");
    })
    .await;
}

/// Case 22: frames that carry nothing: empty DATA (RUSTSEC-2026-0258), PING and SETTINGS (CVE-2019-9512, CVE-2019-9515, CVE-2019-9518).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_carry_nothing_cost_others_nothing() {
    let scene = Scene::start().await;
    endured(&scene, async {
        for (kind, stream, payload) in [(DATA, 1, &[][..]), (PING, 0, &[0; 8]), (SETTINGS, 0, &[]), (SETTINGS, 0, &[0, 3, 0, 0, 0, 9])] {
            let mut wire = scene.h2().await;
            let opened = wire.stream();
            wire.frame(HEADERS, END_HEADERS, opened, &block(&stranger("POST", &[]))).await;
            let frames = h2::frame(kind, 0, stream, payload).repeat(500);
            // Nobody reads what the server answers: it must not keep it all. It may stop reading, or end the connection.
            for _ in 0..100 {
                let sent = tokio::time::timeout(Duration::from_millis(500), wire.send(&frames)).await;
                if !matches!(sent, Ok(true)) {
                    break;
                }
            }
        }
    })
    .await;
}

/// Case 22: many connections that only begin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_only_begin_cost_others_nothing() {
    let scene = Scene::start().await;
    endured(&scene, async {
        let mut open = Vec::new();
        for number in 0..150 {
            let mut wire = scene.h1().await;
            wire.send(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: {number}")[..number % 40]).await;
            open.push(wire);
        }
        let mut bare = Vec::new();
        for _ in 0..150 {
            bare.push(within("a connection", tokio::net::TcpStream::connect(("127.0.0.1", scene.world.port()))).await);
        }
        for _ in 0..5 {
            assert_eq!(scene.h1().await.status(scene.head("GET /meanwhile", "")).await, 200, "with all of them open");
        }
    })
    .await;
}
