//! Several origins of one application.

use model::upstream::{Balance, OriginUrl, PassiveHealth, Upstream};
use tokio::net::TcpListener;

use crate::{
    rig::{Rig, run, upstream},
    wire::Wire,
};

/// Two origins; the first one's socket and the second one's.
async fn two(rig: &Rig) -> (TcpListener, TcpListener) {
    let first = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let second = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origins = vec![OriginUrl::try_from(format!("http://{}", second.local_addr().unwrap())).unwrap()];
    let health = PassiveHealth { failures: 1, back_off_ms: 60_000 };
    let settings = Upstream { origins, health, balance: Balance::RoundRobin, ..upstream(first.local_addr().unwrap(), 30_000) };
    rig.settle("open", settings).await;
    (first, second)
}

/// Answers requests of one connection after another with a name.
async fn serve(listener: TcpListener, name: &'static str) {
    loop {
        let mut wire = Wire::from(listener.accept().await.unwrap().0);
        wire.head().await;
        wire.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{name}", name.len())).await;
    }
}

#[test]
fn requests_go_to_all_origins_in_turn() {
    run(async |rig| {
        let (first, second) = two(&rig).await;
        tokio::task::spawn_local(serve(first, "first"));
        tokio::task::spawn_local(serve(second, "second"));
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(rig.ask("GET /", "open.localhost", "", "").await.body);
        }
        assert_eq!(seen, ["first", "second", "first", "second"]);
    });
}

#[test]
fn an_origin_that_cannot_be_reached_is_passed_over_also_by_what_cannot_be_repeated() {
    run(async |rig| {
        let (first, second) = two(&rig).await;
        drop(first);
        tokio::task::spawn_local(serve(second, "second"));
        for _ in 0..4 {
            let answer = rig.ask("POST /", "open.localhost", "Content-Length: 0\r\n", "").await;
            assert_eq!((answer.status(), answer.body.as_str()), (200, "second"));
        }
    });
}

#[test]
fn a_question_whose_origin_breaks_off_without_a_word_is_put_to_another() {
    run(async |rig| {
        let (first, second) = two(&rig).await;
        tokio::task::spawn_local(async move {
            loop {
                let mut wire = Wire::from(first.accept().await.unwrap().0);
                wire.head().await;
            }
        });
        tokio::task::spawn_local(serve(second, "second"));
        assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.body, "second");
        for _ in 0..2 {
            assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.body, "second", "the first is out");
        }
    });
}
