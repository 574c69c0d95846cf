//! What the machine's own watchers ask: `/live`, `/ready`. A listener of its own on the control runtime, plain HTTP, meant for loopback.

mod health;

use std::{net::TcpListener, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub(crate) use health::{Beats, Health, router};

/// Watchers at the same time.
const MOST_WATCHERS: usize = 64;
const HEAD_TIME: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 50;
/// After an accept that failed: others get time to finish.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves a router on the sockets until `end`.
pub(crate) fn serve(sockets: Vec<TcpListener>, router: &Router, end: &CancellationToken) {
    let places = Arc::new(Semaphore::new(MOST_WATCHERS));
    for socket in sockets {
        tokio::spawn(accept(socket, router.clone(), places.clone(), end.clone()));
    }
}

async fn accept(socket: TcpListener, router: Router, places: Arc<Semaphore>, end: CancellationToken) {
    let listener = match tokio::net::TcpListener::from_std(socket) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the address for watchers cannot be served");
            return;
        }
    };
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = end.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (service, end) = (TowerToHyperService::new(router.clone()), end.clone());
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_headers(MOST_HEADERS);
            tokio::select! {
                () = end.cancelled() => {}
                // A watcher that went away is nobody's concern.
                _ = http.serve_connection(TokioIo::new(stream), service) => {}
            }
            drop(place);
        });
    }
}
