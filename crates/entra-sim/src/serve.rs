//! Owns the listener: accepting, TLS, bounds on what a connection may do, and a clean end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::state::{Sim, stopped};
use crate::{graph, oidc, sim};

/// Largest request body.
const BODY: usize = 1 << 20;
/// Time for a TLS handshake or for a request's headers.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time that open connections get at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// All routes.
pub fn router(shared: &Arc<Sim>) -> Router {
    oidc::routes()
        .merge(graph::routes())
        .merge(sim::routes(shared))
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is no such page here.\n") })
        .layer(middleware::from_fn_with_state(Arc::clone(shared), sim::inject::around))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), dated))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Arc::clone(shared))
}

/// Stamps an answer with the simulator's own time, which may differ from the machine's.
async fn dated(State(sim): State<Arc<Sim>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&sim.told().http()) {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}

/// Serves until `stopping` turns true, then lets open requests end.
pub async fn run(listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>, router: Router, stopping: watch::Receiver<bool>) {
    let acceptor = tls.map(TlsAcceptor::from);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(stopping.clone()) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let work = connection(stream, acceptor.clone(), router.clone(), stopping.clone());
                connections.spawn(work);
            }
            Err(error) => {
                // Out of descriptors, most likely; they come back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(DRAIN, drained).await;
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, acceptor: Option<TlsAcceptor>, router: Router, stopping: watch::Receiver<bool>) {
    let _slow = stream.set_nodelay(true);
    match acceptor {
        None => talk(stream, router, stopping).await,
        Some(acceptor) => match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => talk(stream, router, stopping).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        },
    }
}

async fn talk<S>(stream: S, router: Router, stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(64 * 1024);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(64 * 1024);
    let service = TowerToHyperService::new(router);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopped(stopping) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}
