//! Answers as origins really send them, and what is left of them for the client: the same on both ways.

use std::{
    future::poll_fn,
    io,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
};

use proxy::{
    Proxy, Worker,
    framing::Limits,
    relay::{Admitted, After, Held, Read},
    trace::Trace,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::TcpListener,
};

use crate::{
    front::{Unwatched, client},
    rig::{NOW, run},
    wire::Wire,
};

/// A body in chunks, put together.
fn joined(mut body: &str) -> String {
    let mut all = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            assert_eq!(rest, "\r\n", "nothing follows");
            return all;
        }
        all.push_str(&rest[..size]);
        body = rest[size..].strip_prefix("\r\n").unwrap();
    }
}

#[test]
fn whatever_form_an_answer_has_its_content_is_the_same() {
    run(async |rig| {
        let long = "x".repeat(200_000);
        for (sent, status, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 200, "hello"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n".to_owned(),
                200,
                "hello",
            ),
            ("HTTP/1.1 200 OK\r\n\r\nhello".to_owned(), 200, "hello"),
            ("HTTP/1.0 200 OK\r\n\r\nhello".to_owned(), 200, "hello"),
            ("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 200, "hello"),
            ("HTTP/1.1 404 Gone Fishing\r\nContent-Length: 0\r\n\r\n".to_owned(), 404, ""),
            ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), 204, ""),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_owned(), 304, ""),
            (format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{long}", long.len()), 200, &*long),
            (format!("HTTP/1.1 200 OK\r\n\r\n{long}"), 200, &*long),
        ] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
            let origin = async {
                let mut origin = Wire::accepted(&listener).await;
                origin.head().await;
                // Cut where it hurts: within heads and lines.
                for piece in sent.as_bytes().chunks(if sent.len() > 1000 { 50_000 } else { 7 }) {
                    origin.send(piece).await;
                    tokio::task::yield_now().await;
                }
            };
            let client = async {
                let mut wire = rig.wire().await;
                wire.request("GET /", "open.localhost", "Connection: close\r\n", "").await;
                String::from_utf8(wire.rest().await).unwrap()
            };
            let ((), got) = tokio::join!(origin, client);
            let (head, content) = got.split_once("\r\n\r\n").unwrap();
            let head = head.to_ascii_lowercase();
            assert!(head.starts_with(&format!("http/1.1 {status} ")), "{sent:.60}: {head}");
            let content = if head.contains("transfer-encoding: chunked") { joined(content) } else { content.to_owned() };
            assert!(content == body, "{sent:.60}: {content:.60}");
            assert!(head.contains("\r\ndate: ") && !head.contains("x-sum") && !head.contains("link:"), "{head}");
        }
    });
}

#[test]
fn an_answer_that_can_be_read_in_two_ways_is_not_passed_on() {
    run(async |rig| {
        for sent in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nA b: c\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "nonsense\r\n\r\n",
            "",
        ] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
            let origin = async {
                let mut origin = Wire::accepted(&listener).await;
                origin.head().await;
                origin.try_send(sent).await;
            };
            let ((), got) = tokio::join!(origin, rig.ask("GET /", "open.localhost", "", ""));
            assert_eq!(got.status(), 502, "{sent}");
            assert!(!got.body.contains("hello"), "{sent}");
        }
    });
}

#[test]
fn what_an_origin_says_unasked_is_no_answer_to_the_next_request() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut first = Wire::accepted(&listener).await;
            first.head().await;
            // Two answers to one request (response queue poisoning).
            first.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
            let mut second = Wire::accepted(&listener).await;
            second.head().await;
            second.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo").await;
        };
        let client = async {
            let mut wire = rig.wire().await;
            for expected in ["one", "two"] {
                wire.request("GET /", "open.localhost", "", "").await;
                assert_eq!(wire.answer().await.body, expected);
            }
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn requests_that_come_together_are_answered_one_after_the_other_on_whichever_way() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: open.localhost\r\n\r\n");
        let post = "POST /c HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 2\r\n\r\nhi";
        let origin = async {
            let mut seen = Vec::new();
            let mut origin = Wire::accepted(&listener).await;
            while seen.len() < 5 {
                tokio::select! {
                    head = origin.head() => {
                        let target = head.split(' ').nth(1).unwrap().to_owned();
                        if head.starts_with("POST") {
                            origin.bytes(2).await;
                        }
                        origin.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len())).await;
                        seen.push(target);
                    }
                    next = listener.accept() => origin = Wire::from(next.unwrap().0),
                }
            }
            assert_eq!(seen, ["/a", "/b", "/c", "/d", "/e"]);
        };
        let client = async {
            let mut wire = rig.wire().await;
            let all = [&get("/a"), &get("/b"), post, &get("/d"), &get("/e")].map(|text: &str| text.to_owned()).concat();
            // In the middle of a head.
            let (first, last) = all.split_at(all.len() - 20);
            wire.send(first).await;
            for expected in ["/a", "/b", "/c", "/d"] {
                assert_eq!(wire.answer().await.body, expected);
            }
            wire.send(last).await;
            assert_eq!(wire.answer().await.body, "/e");
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn a_client_that_goes_away_takes_its_exchange_with_it() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        for begun in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"] {
            let mut wire = rig.wire().await;
            wire.request("GET /", "open.localhost", "", "").await;
            let mut origin = Wire::accepted(&listener).await;
            origin.head().await;
            origin.send(begun).await;
            if !begun.is_empty() {
                wire.head().await;
            }
            drop(wire);
            assert!(origin.rest().await.is_empty(), "the origin hears of it");
        }
    });
}

/// The request that comes next, which is relayed.
async fn let_in(worker: &Worker, near: &mut DuplexStream, held: &mut Held, host: &str) -> Admitted {
    let limits = Limits { bytes: 65_536, fields: 100 };
    let Read::Head(head) = poll_fn(|cx| held.poll_head(cx, near, worker, limits)).await else { panic!("it can be relayed") };
    let client = client(host, ([127, 0, 0, 1], 1).into(), head.headers());
    worker.relay(head, client, NOW).unwrap_or_else(|_| panic!("whoever asks is let in"))
}

/// One request for an open application over a client's connection with so much room, its answer's pieces read one by one.
async fn relayed(worker: &Rc<Worker>, listener: &TcpListener, pieces: &[&[u8]], room: usize) -> (String, Vec<u8>) {
    let (mut near, mut far) = tokio::io::duplex(room);
    let exchange = async move {
        let mut held = Held::default();
        let admitted = let_in(worker, &mut near, &mut held, "open.localhost").await;
        let mut watch = Unwatched(admitted.outcome());
        assert_eq!(admitted.exchange(worker, Trace::default()).carry_out(&mut near, &mut held, &mut watch).await, After::Close);
    };
    let origin = async {
        let mut origin = Wire::accepted(listener).await;
        origin.head().await;
        for piece in pieces {
            origin.send(piece).await;
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    };
    let asks = async {
        far.write_all(b"GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut got = Vec::new();
        far.read_to_end(&mut got).await.unwrap();
        got
    };
    let ((), (), got) = tokio::join!(exchange, origin, asks);
    let end = memchr::memmem::find(&got, b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(got[..end].to_vec()).unwrap(), got[end..].to_vec())
}

#[test]
fn every_byte_of_an_answer_is_where_the_origin_had_it_and_the_answer_before_leaves_nothing_behind() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let worker = Worker::new(Arc::new(Proxy::new(rig.guard.clone(), tokio::runtime::Handle::current())));
        let content: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
        let (early, head) =
            (&b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"[..], &b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"[..]);
        let ways: [Vec<Vec<u8>>; 5] = [
            vec![[head, &content].concat()],
            vec![[early, head, &content].concat()],
            vec![early.to_vec(), [head, &content].concat()],
            vec![head[..20].to_vec(), [&head[20..], &content].concat()],
            vec![[early, &head[..20]].concat(), [&head[20..], &content[..5]].concat(), content[5..].to_vec()],
        ];
        for (way, pieces) in ways.iter().enumerate() {
            // A client that takes everything at once, one that takes half a head, and one in between.
            for room in [1 << 20, 70, 5_000] {
                relayed(
                    &worker,
                    &listener,
                    &[&[&b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"[..], &[b'#'; 100_000]].concat()],
                    room,
                )
                .await;
                let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
                let (head, got) = relayed(&worker, &listener, &pieces, room).await;
                assert!(got == content, "way {way}, room for {room}: {} bytes", got.len());
                let lines: Vec<&str> = head.trim_end().split("\r\n").collect();
                assert!(
                    matches!(&lines[..], ["HTTP/1.1 200 OK", "content-length: 200000", date, "connection: close"] if date.starts_with("date: ")),
                    "{head}"
                );
            }
        }
    });
}

/// Whoever comes with a token for the first time lets others go first.
#[test]
fn a_session_that_ends_while_others_go_first_asks_no_origin() {
    run(async |rig| {
        let origin = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        origin.set_nonblocking(true).unwrap();
        rig.send_elsewhere("wiki", origin.local_addr().unwrap()).await;
        let mara = rig.sign_in("mara").await;
        let worker = Worker::new(Arc::new(Proxy::new(rig.guard.clone(), tokio::runtime::Handle::current())));
        let (mut near, mut far) = tokio::io::duplex(64 * 1024);
        let head = format!("GET / HTTP/1.1\r\nHost: wiki.localhost\r\nConnection: close\r\n{}\r\n", rig.cookie("wiki", &mara));
        far.write_all(head.as_bytes()).await.unwrap();
        let mut held = Held::default();
        let admitted = let_in(&worker, &mut near, &mut held, "wiki.localhost").await;
        let mut watch = Unwatched(admitted.outcome());
        {
            let mut exchange = pin!(admitted.exchange(&worker, Trace::default()).carry_out(&mut near, &mut held, &mut watch));
            assert!(exchange.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            rig.revoke(&mara).await;
            assert_eq!(exchange.await, After::Close);
        }
        drop(near);
        let mut told = String::new();
        far.read_to_string(&mut told).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 302 "), "{told}");
        assert!(watch.0.origin.is_none());
        assert!(origin.accept().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock), "nobody came");
    });
}

#[test]
fn a_session_that_ends_is_felt_before_and_in_the_middle_of_an_answer() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("wiki", listener.local_addr().unwrap()).await;
        for begun in ["", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf"] {
            let mara = rig.sign_in("mara").await;
            let mut wire = rig.wire().await;
            wire.request("GET /", "wiki.localhost", &rig.cookie("wiki", &mara), "").await;
            let mut origin = Wire::accepted(&listener).await;
            let head = origin.head().await;
            assert!(head.contains("\r\ncf-access-jwt-assertion: ey"), "{head}");
            origin.send(begun).await;
            if begun.is_empty() {
                rig.revoke(&mara).await;
                assert_eq!(wire.answer().await.status(), 302, "as the next request will be");
            } else {
                wire.head().await;
                rig.revoke(&mara).await;
                assert_eq!(wire.rest().await, b"half", "it breaks off");
            }
            assert!(origin.rest().await.is_empty());
        }
    });
}
