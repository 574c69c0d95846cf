//! Owns `/ws` and `/sse`: connections that stay open and tick each second.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::time::{Instant, interval_at};

use super::{Shown, stopped};

const SECOND: Duration = Duration::from_secs(1);
/// Largest message taken.
const MOST: usize = 1 << 20;

/// A WebSocket that sends back what it gets and `tick N` each second.
pub async fn socket(State(shown): State<Arc<Shown>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(MOST).on_upgrade(move |socket| talk(socket, shown))
}

async fn talk(mut socket: WebSocket, shown: Arc<Shown>) {
    let mut stopping = shown.stopping.clone();
    let mut clock = interval_at(Instant::now() + SECOND, SECOND);
    let mut count = 0_u64;
    loop {
        let sent = tokio::select! {
            () = stopped(&mut stopping) => break,
            _ = clock.tick() => {
                count += 1;
                socket.send(Message::text(format!("tick {count}"))).await
            }
            message = socket.recv() => match message {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => socket.send(message).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Ok(()),
            },
        };
        if sent.is_err() {
            break;
        }
    }
}

/// A stream of events, `tick N` at once and then each second.
pub async fn events(State(shown): State<Arc<Shown>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let clock = interval_at(Instant::now(), SECOND);
    let ticks = stream::unfold((clock, shown.stopping.clone(), 0_u64), |(mut clock, mut stopping, count)| async move {
        tokio::select! {
            _ = clock.tick() => {}
            () = stopped(&mut stopping) => return None,
        }
        Some((Ok(Event::default().event("tick").data(format!("tick {}", count + 1))), (clock, stopping, count + 1)))
    });
    Sse::new(ticks).keep_alive(KeepAlive::default())
}
