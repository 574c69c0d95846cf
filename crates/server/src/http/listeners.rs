//! The threads that serve: a current-thread runtime per core, every thread on every address.

use std::{net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Hosts, Tls, sockets::Sockets, thread::Thread};
use crate::{config, operation::Beats, wiring::StartError};

/// What the server and its open connections have in common: the call to stop, and the count of what is open.
pub(crate) struct Life {
    pub stop: CancellationToken,
    pub open: TaskTracker,
    /// One for each thread.
    pub beats: Arc<Beats>,
}

/// Threads that serve.
pub(crate) struct Listeners {
    threads: Vec<JoinHandle<()>>,
    connections: TaskTracker,
    end: CancellationToken,
}

/// How many threads serve.
pub(crate) fn workers(config: &config::Http) -> usize {
    if config.workers == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { config.workers }
}

impl Listeners {
    /// Starts the threads.
    pub(crate) fn serve(
        sockets: &Sockets,
        hosts: Arc<Hosts>,
        tls: &Tls,
        config: &config::Http,
        port_suffix: &str,
        life: Life,
    ) -> Result<Self, StartError> {
        let Life { stop, open: connections, beats } = life;
        let end = CancellationToken::new();
        let mut threads = Vec::new();
        for number in 0..workers(config) {
            let mut sockets = sockets.try_clone()?;
            if number > 0 {
                // Redirects are few: the first thread does them all.
                sockets.redirect.clear();
            }
            let thread = Thread {
                hosts: hosts.clone(),
                tls: tls.clone(),
                port_suffix: port_suffix.into(),
                stop: stop.clone(),
                connections: connections.clone(),
                beats: beats.clone(),
                number,
            };
            let end = end.clone();
            let spawned = std::thread::Builder::new().name(format!("door-{number}")).spawn(move || thread.run(sockets, end));
            threads.push(spawned.map_err(|source| StartError::Listen { address: SocketAddr::from(([0, 0, 0, 0], 0)), source })?);
        }
        Ok(Self { threads, connections, end })
    }

    /// Waits until open connections have finished, at most for the given time, then ends them.
    pub(crate) async fn drain(self, limit: Duration) {
        self.connections.close();
        if tokio::time::timeout(limit, self.connections.wait()).await.is_err() {
            tracing::info!("connections that did not finish in time are ended");
        }
        self.end.cancel();
        let threads = self.threads;
        // Joining blocks: off the runtime.
        let _ = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|t| drop(t.join()))).await;
    }
}
