//! Owns the sample origins: applications that show what doorward tells them about a request.
//!
//! They believe nothing and protect nothing; each is reached through doorward only because it listens on loopback.

mod assertion;
mod echo;
mod page;
mod serve;
mod ticks;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use assertion::{Assertion, Verdict, Verifier};

/// What an origin is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Title of its page.
    pub title: String,
    /// One sentence below it.
    pub text: String,
}

/// A running origin.
pub struct Origin {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

struct Shown {
    subject: Subject,
    verifier: Verifier,
    stopping: watch::Receiver<bool>,
}

/// Starts an origin; it answers when this returns. Port 0 takes a free one.
pub async fn start(address: SocketAddr, tls: Arc<rustls::ServerConfig>, subject: Subject, verifier: Verifier) -> Result<Origin> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: is it taken? Move the ports with --port-base"))?;
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let shown = Arc::new(Shown { subject, verifier, stopping: stopping.clone() });
    let router = Router::new()
        .route("/echo", any(echo::answer))
        .route("/echo/{*rest}", any(echo::answer))
        .route("/ws", get(ticks::socket))
        .route("/sse", get(ticks::events))
        .fallback(page::answer)
        .with_state(shown);
    let task = tokio::spawn(serve::run(listener, tls, router, stopping));
    Ok(Origin { address, stop, task })
}

/// Waits until the origin is told to stop, or forgotten.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _or_forgotten = stopping.wait_for(|stop| *stop).await.map(|_| ());
}

impl Origin {
    /// Stops listening and ends open connections.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ended = self.task.await;
    }
}

#[cfg(test)]
mod tests;
