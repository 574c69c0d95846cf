//! Origins that speak HTTP/2: shared connections, trailers both ways, refusals and farewells.

use bytes::Bytes;
use h2::{Reason, RecvStream, client, server};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use model::upstream::{OriginProtocol, OriginUrl, Upstream};
use tokio::net::{TcpListener, TcpStream};

use crate::rig::{Rig, run, upstream};

type Accepted = (Request<RecvStream>, server::SendResponse<Bytes>);

/// An HTTP/2 origin without TLS.
async fn origin(rig: &Rig) -> TcpListener {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let settings = Upstream { protocol: OriginProtocol::Http2, ..upstream(listener.local_addr().unwrap(), 30_000) };
    rig.settle("open", settings).await;
    listener
}

async fn accept(listener: &TcpListener) -> server::Connection<TcpStream, Bytes> {
    server::handshake(listener.accept().await.unwrap().0).await.unwrap()
}

/// Serves a connection, each request by this.
fn serve(mut connection: server::Connection<TcpStream, Bytes>, answer: fn(&mut Accepted)) {
    tokio::task::spawn_local(async move {
        while let Some(Ok(mut accepted)) = connection.accept().await {
            answer(&mut accepted);
        }
    });
}

fn ok((request, respond): &mut Accepted) {
    let text = format!("{} {}", request.uri(), request.headers().contains_key("host"));
    respond.send_response(Response::new(()), false).unwrap().send_data(text.into(), true).unwrap();
}

/// A client of the door that speaks HTTP/2.
pub async fn h2_client(rig: &Rig) -> client::SendRequest<Bytes> {
    let stream = TcpStream::connect(rig.front2).await.unwrap();
    let (sender, connection) = client::handshake(stream).await.unwrap();
    tokio::task::spawn_local(async move { drop(connection.await) });
    sender.ready().await.unwrap()
}

fn asking(method: Method, path: &str) -> Request<()> {
    Request::builder().method(method).uri(format!("https://open.localhost:8443{path}")).body(()).unwrap()
}

#[test]
fn requests_of_http1_clients_share_one_connection() {
    run(async |rig| {
        let listener = origin(&rig).await;
        let serving = async { serve(accept(&listener).await, ok) };
        let asking = async {
            let (a, b, c) = tokio::join!(
                rig.ask("GET /a?x=1", "open.localhost:8443", "", ""),
                rig.ask("GET /b", "open.localhost:8443", "", ""),
                rig.ask("POST /c", "open.localhost:8443", "Content-Length: 3\r\n", "abc"),
            );
            let bodies = [&a, &b, &c].map(|answer| answer.status());
            assert_eq!(bodies, [200; 3]);
        };
        tokio::join!(serving, asking);
        let mut wire = rig.wire().await;
        wire.request("GET /a?x=1", "open.localhost:8443", "Connection: close\r\n", "").await;
        let whole = String::from_utf8(wire.rest().await).unwrap();
        assert!(whole.contains("http://open.localhost:8443/a?x=1 false"), "the host is in the target: {whole}");
        let another = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
        assert!(another.is_err(), "one connection did it all");
    });
}

#[test]
fn trailers_pass_both_ways_and_none_that_could_be_believed() {
    run(async |rig| {
        let listener = origin(&rig).await;
        tokio::task::spawn_local(async move {
            let mut connection = accept(&listener).await;
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                tokio::task::spawn_local(async move {
                    assert_eq!(
                        (&request.headers()["te"], &request.headers()["grpc-timeout"]),
                        (&HeaderValue::from_static("trailers"), &HeaderValue::from_static("5S"))
                    );
                    let mut body = request.into_body();
                    let mut whole = Vec::new();
                    while let Some(piece) = body.data().await {
                        let piece = piece.unwrap();
                        body.flow_control().release_capacity(piece.len()).unwrap();
                        whole.extend_from_slice(&piece);
                    }
                    let mut trailers = body.trailers().await.unwrap().unwrap();
                    trailers.insert("grpc-status", HeaderValue::from_static("0"));
                    trailers.insert("set-cookie", HeaderValue::from_static("CF_Authorization=x"));
                    let mut answer = respond.send_response(Response::new(()), false).unwrap();
                    answer.send_data(whole.into(), false).unwrap();
                    answer.send_trailers(trailers).unwrap();
                });
            }
        });
        let mut client = h2_client(&rig).await;
        let mut request = asking(Method::POST, "/harbour.Berths/List");
        request.headers_mut().insert("te", HeaderValue::from_static("trailers"));
        request.headers_mut().insert("grpc-timeout", HeaderValue::from_static("5S"));
        let (answer, mut upload) = client.send_request(request, false).unwrap();
        upload.send_data(Bytes::from_static(b"\0\0\0\0\0"), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", HeaderValue::from_static("1"));
        trailers.insert("cf-access-jwt-assertion", HeaderValue::from_static("forged"));
        upload.send_trailers(trailers).unwrap();
        let mut body = answer.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "\0\0\0\0\0");
        let trailers = body.trailers().await.unwrap().unwrap();
        let mut names: Vec<_> = trailers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["grpc-status", "x-sum"]);
    });
}

#[test]
fn what_the_origin_refused_or_never_took_is_sent_again_on_another_connection() {
    run(async |rig| {
        let listener = origin(&rig).await;
        tokio::task::spawn_local(async move {
            // The first connection says goodbye while its second request is on its way; the second refuses one stream.
            let mut first = accept(&listener).await;
            ok(&mut first.accept().await.unwrap().unwrap());
            first.graceful_shutdown();
            tokio::task::spawn_local(async move { while first.accept().await.is_some() {} });
            let mut second = accept(&listener).await;
            let (_, mut respond) = second.accept().await.unwrap().unwrap();
            respond.send_reset(Reason::REFUSED_STREAM);
            tokio::task::spawn_local(async move { while second.accept().await.is_some() {} });
            serve(accept(&listener).await, ok);
        });
        for line in ["GET /", "POST /", "GET /"] {
            let answer = rig.ask(line, "open.localhost", "Content-Length: 0\r\n", "").await;
            assert_eq!(answer.status(), 200, "{line}");
        }
    });
}

#[test]
fn a_stream_that_the_origin_breaks_off_is_not_asked_for_again() {
    run(async |rig| {
        let listener = origin(&rig).await;
        tokio::task::spawn_local(async move {
            serve(accept(&listener).await, |(_, respond)| respond.send_reset(Reason::INTERNAL_ERROR));
            listener.accept().await.unwrap();
            panic!("no other connection is made");
        });
        assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.status(), 502);
    });
}

#[test]
fn one_client_that_does_not_read_holds_up_nobody_else() {
    run(async |rig| {
        let listener = origin(&rig).await;
        tokio::task::spawn_local(async move {
            serve(accept(&listener).await, |(request, respond)| {
                let mut answer = respond.send_response(Response::new(()), false).unwrap();
                if request.uri().path() == "/endless" {
                    answer.send_data(Bytes::from(vec![b'x'; 8 * 1024 * 1024]), true).unwrap();
                } else {
                    answer.send_data(Bytes::from_static(b"ok"), true).unwrap();
                }
            });
        });
        let mut stuck = rig.wire().await;
        stuck.request("GET /endless", "open.localhost", "", "").await;
        stuck.head().await;
        let answer = rig.ask("GET /", "open.localhost", "", "").await;
        assert_eq!(answer.status(), 200);
    });
}

#[test]
fn an_origin_that_does_not_speak_http2_is_told_apart() {
    run(async |rig| {
        let http1 = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = OriginUrl::try_from(format!("http://{}", http1.local_addr().unwrap())).unwrap();
        rig.settle("open", Upstream { protocol: OriginProtocol::Http2, ..Upstream::of(url) }).await;
        tokio::task::spawn_local(async move {
            loop {
                let mut wire = crate::wire::Wire::from(http1.accept().await.unwrap().0);
                wire.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            }
        });
        assert_eq!(rig.ask("GET /", "open.localhost", "", "").await.status(), StatusCode::BAD_GATEWAY);
    });
}
