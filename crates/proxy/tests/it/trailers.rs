//! Trailers of answers: what may pass, and nothing that would count as a header.

use tokio::net::TcpListener;

use crate::{rig::run, wire::Wire};

#[test]
fn an_answers_trailers_pass_without_names_that_could_be_believed() {
    run(async |rig| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        rig.send_elsewhere("open", listener.local_addr().unwrap()).await;
        let origin = async {
            let mut wire = Wire::from(listener.accept().await.unwrap().0);
            wire.head().await;
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum, set-cookie, cf-access-jwt-assertion\r\n\r\n").await;
            wire.send("2\r\nok\r\n0\r\nx-sum: 7\r\nset-cookie: CF_Authorization=x\r\ncf-access-jwt-assertion: forged\r\n\r\n").await;
        };
        let client = async {
            let mut wire = rig.wire().await;
            wire.request("GET /", "open.localhost", "TE: trailers\r\nConnection: close\r\n", "").await;
            assert!(wire.head().await.contains("trailer: x-sum"));
            assert_eq!(String::from_utf8(wire.rest().await).unwrap(), "2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n");
        };
        tokio::join!(origin, client);
    });
}
