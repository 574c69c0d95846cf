//! What an application's upstream settings allow: sizes, times, connections.

use model::upstream::{PoolLimits, Upstream};
use tokio::net::TcpListener;

use crate::{
    rig::{run, upstream},
    wire::Wire,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn a_body_that_is_too_large_by_its_own_account_never_reaches_the_origin() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = Upstream { body_limit_bytes: Some(4), ..upstream(listener.local_addr().unwrap(), 30_000) };
        rig.settle("open", settings).await;
        let answer = rig.ask("POST /", "open.localhost", "Content-Length: 5\r\n", "").await;
        assert_eq!(answer.status(), 413);
        assert!(answer.body.contains("at most 4 bytes"), "{}", answer.body);
        let nothing = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
        assert!(nothing.is_err(), "nobody connected to the origin");
    });
}

#[test]
fn a_body_that_grows_too_large_is_cut_while_it_streams() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = Upstream { body_limit_bytes: Some(4), ..upstream(listener.local_addr().unwrap(), 30_000) };
        rig.settle("open", settings).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            wire.head().await;
            let rest = wire.rest().await;
            assert_eq!(rest, b"3\r\nabc\r\n", "without the last chunk: nobody takes it for whole");
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("POST /", "open.localhost", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n").await;
            tokio::task::yield_now().await;
            wire.send("2\r\nde\r\n").await;
            assert_eq!(wire.answer().await.status(), 413);
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn an_answer_in_which_the_origin_goes_silent_breaks_off() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = Upstream { idle_timeout_ms: Some(100), ..upstream(listener.local_addr().unwrap(), 30_000) };
        rig.settle("open", settings).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            wire.head().await;
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
            assert_eq!(wire.rest().await, b"", "the connection is closed");
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("GET /", "open.localhost", "", "").await;
            wire.head().await;
            assert_eq!(wire.rest().await, b"half");
        };
        tokio::join!(origin, client);
    });
}

#[test]
fn who_finds_every_connection_in_use_waits_a_moment_and_then_is_refused() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let pool = PoolLimits { max_connections: Some(1), queue: 1, queue_timeout_ms: 3_000, ..PoolLimits::default() };
        rig.settle("open", Upstream { pool, ..upstream(listener.local_addr().unwrap(), 30_000) }).await;
        let (mut first, mut second, mut third) = (rig.wire().await, rig.wire().await, rig.wire().await);
        first.request("GET /first", "open.localhost", "", "").await;
        let mut origin = Wire::from(listener.accept().await.unwrap().0);
        assert!(origin.head().await.starts_with("GET /first"));
        second.request("GET /second", "open.localhost", "", "").await;
        third.request("GET /third", "open.localhost", "", "").await;
        let refused = tokio::select! {
            answer = second.answer() => ("second", answer.status()),
            answer = third.answer() => ("third", answer.status()),
        };
        assert_eq!(refused.1, 503, "the queue holds one");
        origin.send(OK).await;
        assert_eq!(first.answer().await.body, "ok");
        let left = if refused.0 == "second" { "GET /third" } else { "GET /second" };
        assert!(origin.head().await.starts_with(left), "on the same connection");
        origin.send(OK).await;
        let left = if refused.0 == "second" { third } else { second }.answer().await;
        assert_eq!(left.body, "ok");
        // And one that waits for nothing is told so in time.
        let (mut holds, mut waits) = (rig.wire().await, rig.wire().await);
        holds.request("GET /holds", "open.localhost", "", "").await;
        assert!(origin.head().await.starts_with("GET /holds"));
        waits.request("GET /waits", "open.localhost", "", "").await;
        assert_eq!(waits.answer().await.status(), 503);
    });
}
