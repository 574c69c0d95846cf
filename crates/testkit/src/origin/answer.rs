//! What the origin answers, by path.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, interval_at};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

use super::{Open, Seen, State};

const SECOND: Duration = Duration::from_secs(1);
/// Size of `/big`.
const BIG: usize = 3 << 20;

type Answer = Response<Pin<Box<dyn Body<Data = Bytes, Error = Infallible> + Send>>>;

pub(crate) async fn answer(state: &Arc<State>, mut request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let upgrade = (path == "/ws" && request.headers().contains_key(header::SEC_WEBSOCKET_KEY)).then(|| hyper::upgrade::on(&mut request));
    let (parts, body) = request.into_parts();
    let receiving = Open::stream(state);
    let Ok(body) = body.collect().await.map(|b| b.to_bytes()) else {
        // Not whole, so it does not count; nobody waits for the answer either.
        return whole("text/plain", "the body broke off");
    };
    drop(receiving);
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let seen = Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let shown = seen.json().to_string();
    state.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    if let (Some(upgrade), Some(key)) = (upgrade, parts.headers.get(header::SEC_WEBSOCKET_KEY)) {
        tokio::spawn(talk(upgrade, Open::stream(state)));
        return switching(key);
    }
    match path.as_str() {
        "/sse" => events(state),
        "/slow" => {
            // The world that would release it may be gone, which is an end as well.
            let _ = state.released.subscribe().wait_for(|released| *released).await;
            whole("application/json", shown)
        }
        "/big" => whole("application/octet-stream", vec![b'x'; BIG]),
        "/cookies" => cookies(shown),
        "/teapot" => {
            let mut response = whole("text/plain", "short and stout");
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
            response
        }
        _ => whole("application/json", shown),
    }
}

fn whole(kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response: Answer = Response::new(Box::pin(Full::new(body.into())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Tries to set and clear the door's cookies, beside one of its own.
fn cookies(shown: String) -> Answer {
    let mut response = whole("application/json", shown);
    for line in ["CF_Authorization=stolen; Path=/", "theme=dark; Path=/", "CF_AppSession=; Max-Age=0", "CF_Session=x"] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(line));
    }
    response
}

/// An event at once, then one each second.
fn events(state: &Arc<State>) -> Answer {
    let clock = interval_at(Instant::now(), SECOND);
    let ticks = stream::unfold((clock, 0_u32, Open::stream(state)), |(mut clock, count, open)| async move {
        clock.tick().await;
        let frame = Frame::data(Bytes::from(format!("data: tick {count}\n\n")));
        Some((Ok::<_, Infallible>(frame), (clock, count + 1, open)))
    });
    let mut response: Answer = Response::new(Box::pin(StreamBody::new(ticks)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

fn switching(key: &HeaderValue) -> Answer {
    let mut response = whole("text/plain", "");
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Says hello, gives back each text, and ticks each second.
async fn talk(upgrade: hyper::upgrade::OnUpgrade, open: Open) {
    let Ok(upgraded) = upgrade.await else { return };
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let mut clock = interval_at(Instant::now() + SECOND, SECOND);
    let mut sent = socket.send(Message::text("hello")).await;
    while sent.is_ok() {
        sent = tokio::select! {
            _ = clock.tick() => socket.send(Message::text("tick")).await,
            message = socket.next() => match message {
                Some(Ok(message @ Message::Text(_))) => socket.send(message).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Ok(()),
            },
        };
    }
    drop(open);
}
