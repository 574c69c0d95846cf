//! `Expect: 100-continue`: the origin says whether a body is wanted.

use tokio::net::TcpListener;

use crate::{rig::run, wire::Wire};

const ASKING: &str = "Expect: 100-continue\r\nContent-Length: 5\r\n";

#[test]
fn an_origin_that_refuses_does_so_before_a_byte_of_the_body() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            assert!(wire.head().await.contains("expect: 100-continue\r\n"));
            wire.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await;
            assert_eq!(wire.rest().await, b"", "nothing of the body came");
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("POST /", "open.localhost", ASKING, "").await;
            let answer = wire.answer().await;
            assert_eq!((answer.status(), answer.body.as_str()), (403, "no"), "and not 100 before");
            assert_eq!(wire.rest().await, b"", "the connection ends: the client may or may not have sent its body");
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn an_origin_that_wants_the_body_says_so_and_gets_it() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            wire.head().await;
            wire.send("HTTP/1.1 100 Continue\r\n\r\n").await;
            assert_eq!(wire.bytes(5).await, b"hello");
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("POST /", "open.localhost", ASKING, "").await;
            assert_eq!(wire.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
            wire.send("hello").await;
            assert_eq!(wire.answer().await.body, "ok");
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn an_origin_that_does_not_know_the_question_gets_the_body_after_a_while() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            wire.head().await;
            assert_eq!(wire.bytes(5).await, b"hello");
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("POST /", "open.localhost", ASKING, "").await;
            assert_eq!(wire.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
            wire.send("hello").await;
            assert_eq!(wire.answer().await.body, "ok");
        };
        tokio::join!(origin, client);
    });
}
