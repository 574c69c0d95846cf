//! Owns an origin's listener: HTTPS with HTTP/1.1 and upgrades, and a prompt end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::stopped;

/// Time for a TLS handshake or for a request's headers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until `stopping` turns true, then drops what is open.
pub async fn run(listener: TcpListener, tls: Arc<rustls::ServerConfig>, router: Router, mut stopping: watch::Receiver<bool>) {
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stopping) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, acceptor.clone(), router.clone()));
            }
            // Out of descriptors, most likely; they come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, router: Router) {
    let _slow = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await else { return };
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).with_upgrades();
    let _ended_early = serving.await;
}
