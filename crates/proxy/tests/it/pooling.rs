//! Connections that are used again, and those that their origin has closed.

use tokio::net::TcpListener;

use crate::{rig::run, wire::Wire};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn a_connection_is_used_again() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut only = Wire::accepted(&listener).await;
            for _ in 0..3 {
                only.head().await;
                only.send(OK).await;
            }
        };
        let client = async {
            for _ in 0..3 {
                assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.body, "ok");
            }
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn a_question_that_can_be_repeated_is_when_its_connection_broke_without_a_word() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut first = Wire::accepted(&listener).await;
            first.head().await;
            first.send(OK).await;
            // The second request is taken, and then the connection goes away.
            first.head().await;
            drop(first);
            let mut second = Wire::accepted(&listener).await;
            let again = second.head().await;
            assert!(again.starts_with("GET /again?x=1 HTTP/1.1\r\n") && again.contains("x-kept: 1\r\n"), "{again}");
            second.send(OK).await;
        };
        let client = async {
            assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.body, "ok");
            assert_eq!(rig.ask("GET /again?x=1", "open.localhost", "X-Kept: 1\r\n", "").await.body, "ok");
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn nothing_else_is_repeated() {
    run(async |rig| {
        for (line, said) in [("POST /", ""), ("DELETE /", ""), ("GET /", "HTTP/1.1 2")] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
            let origin = async {
                let mut only = Wire::accepted(&listener).await;
                only.head().await;
                only.send(OK).await;
                only.head().await;
                only.send(said).await;
            };
            let client = async {
                let headers = if line == "GET /" { "" } else { "Content-Length: 0\r\n" };
                assert_eq!(rig.ask(line, "open.localhost", headers, "").await.body, "ok");
                assert_eq!(rig.ask(line, "open.localhost", headers, "").await.status(), 502, "{line} {said}");
            };
            tokio::join!(origin, client);
        }
    });
}
