//! An origin that tells what it was asked, byte by byte, and answers as oddly as a test wants.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// What happened at the origin.
#[derive(Debug)]
pub enum Event {
    /// A request with its whole body.
    Asked { headers: HeaderMap, trailers: Option<HeaderMap>, body: Vec<u8> },
    /// A request whose body is not waited for.
    Began,
    /// A piece of an upload.
    Piece(Bytes),
    /// An upload ended, well or not.
    UploadOver { well: bool },
    /// The answer's reader takes nothing any more.
    Blocked,
    /// A WebSocket ended.
    SocketOver,
}

/// A body that is fed by hand; it ends when its feeder is gone.
pub struct Fed(mpsc::Receiver<Bytes>);

impl Fed {
    fn with(capacity: usize) -> (mpsc::Sender<Bytes>, Self) {
        let (feeder, fed) = mpsc::channel(capacity);
        (feeder, Self(fed))
    }
    fn whole(text: &'static str) -> Self {
        let (feeder, fed) = Self::with(1);
        feeder.try_send(Bytes::from_static(text.as_bytes())).unwrap();
        fed
    }
}

impl Body for Fed {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|p| Ok(Frame::data(p))))
    }
}

type Events = mpsc::UnboundedSender<Event>;

/// Starts it on this thread.
pub async fn start() -> (SocketAddr, mpsc::UnboundedReceiver<Event>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (events, told) = mpsc::unbounded_channel();
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let events = events.clone();
            let service = service_fn(move |request| answer(request, events.clone()));
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
            tokio::task::spawn_local(async move { drop(connection.await) });
        }
    });
    (address, told)
}

async fn answer(request: Request<Incoming>, events: Events) -> Result<Response<Fed>, Infallible> {
    let path = request.uri().path().to_owned();
    Ok(match path.as_str() {
        "/early" => {
            tokio::task::spawn_local(read(request.into_body(), events));
            Response::builder().header(header::CONTENT_LENGTH, 0).body(Fed::with(1).1).unwrap()
        }
        "/duplex" => {
            tokio::task::spawn_local(read(request.into_body(), events.clone()));
            let (feeder, fed) = Fed::with(1);
            tokio::task::spawn_local(flood(feeder, events));
            Response::new(fed)
        }
        "/events" => {
            let (feeder, fed) = Fed::with(1);
            feeder.try_send(Bytes::from_static(b"data: 1\n\n")).unwrap();
            // The feeder is never let go: the stream has no end.
            tokio::task::spawn_local(async move { feeder.closed().await });
            Response::new(fed)
        }
        "/hang" => {
            read_whole(request, &events).await;
            std::future::pending().await
        }
        "/ws" | "/ws/half" | "/ws/echo" => socket(request, events),
        _ => {
            read_whole(request, &events).await;
            Response::new(Fed::whole("ok"))
        }
    })
}

async fn read_whole(request: Request<Incoming>, events: &Events) {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned();
    let _ = events.send(Event::Asked { headers: parts.headers, trailers, body: body.to_bytes().to_vec() });
}

async fn read(mut body: Incoming, events: Events) {
    let _ = events.send(Event::Began);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let _ = events.send(Event::UploadOver { well: false });
            return;
        };
        if let Ok(piece) = frame.into_data() {
            let _ = events.send(Event::Piece(piece));
        }
    }
    let _ = events.send(Event::UploadOver { well: true });
}

/// Sends until nobody takes any more for a while, and tells so.
async fn flood(feeder: mpsc::Sender<Bytes>, events: Events) {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    while let Ok(sent) = tokio::time::timeout(Duration::from_millis(300), feeder.send(piece.clone())).await {
        if sent.is_err() {
            return;
        }
    }
    let _ = events.send(Event::Blocked);
    feeder.closed().await;
}

fn socket(mut request: Request<Incoming>, events: Events) -> Response<Fed> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (half, echo) = (request.uri().path() == "/ws/half", request.uri().path() == "/ws/echo");
    let _ = events.send(Event::Asked { headers: request.headers().clone(), trailers: None, body: Vec::new() });
    tokio::task::spawn_local(async move {
        let mut io = TokioIo::new(upgrade.await.unwrap());
        // A text frame of five bytes, whole or only begun.
        io.write_all(if half { b"\x81\x05he" } else { b"\x81\x05hello" }).await.unwrap();
        let mut unread = [0; 256];
        while io.read(&mut unread).await.is_ok_and(|n| n > 0) {
            if echo {
                io.write_all(b"\x81\x02hi").await.unwrap();
            }
        }
        let _ = events.send(Event::SocketOver);
    });
    let answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SET_COOKIE, "CF_Authorization=evil; Path=/")
        .header(header::SET_COOKIE, "lang=en");
    answer.body(Fed::with(1).1).unwrap()
}
