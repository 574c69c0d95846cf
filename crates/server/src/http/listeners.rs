//! The threads that serve: a current-thread runtime per core, every thread on every address.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Hosts, Tls, sockets::Sockets, thread::Thread};
use crate::{
    config::{self, Config},
    limits::{Clients, Pressure, most_connections},
    operation::Beats,
    wiring::StartError,
};

/// What the server and its open connections have in common.
#[derive(Clone)]
pub(crate) struct Life {
    /// The call to stop: nothing new is taken.
    pub stop: CancellationToken,
    /// The call to leave that also streams hear, which nothing else would end.
    pub leave: CancellationToken,
    /// Another process takes what this one takes no longer, so nobody needs to be hurried: set before the call to stop.
    pub handed_over: Arc<AtomicBool>,
    /// What is open.
    pub open: TaskTracker,
    /// One for each thread.
    pub beats: Arc<Beats>,
    pub pressure: Arc<Pressure>,
}

impl Life {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            stop: CancellationToken::new(),
            leave: CancellationToken::new(),
            handed_over: Arc::default(),
            open: TaskTracker::new(),
            beats: Beats::of(workers(&config.http)),
            pressure: Pressure::of(&config.limits),
        }
    }

    /// Somebody else takes new connections.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Acquire)
    }
}

/// Threads that serve.
pub(crate) struct Listeners {
    threads: Vec<JoinHandle<()>>,
    life: Life,
    end: CancellationToken,
}

/// How many threads serve.
pub(crate) fn workers(config: &config::Http) -> usize {
    if config.workers == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { config.workers }
}

/// Between the call to leave and the end, when streams are told last.
const LEAVING: Duration = Duration::from_secs(3);

impl Listeners {
    /// Starts the threads.
    pub(crate) fn serve(
        sockets: &Sockets,
        hosts: Arc<Hosts>,
        tls: &Tls,
        config: &Config,
        port_suffix: &str,
        life: Life,
    ) -> Result<Self, StartError> {
        let (limits, clients) = (Arc::new(config.limits.clone()), Clients::new(&config.limits, most_connections(&config.limits)));
        let end = CancellationToken::new();
        let mut threads = Vec::new();
        for number in 0..workers(&config.http) {
            let mut sockets = sockets.try_clone()?;
            if number > 0 {
                // Redirects are few: the first thread does them all.
                sockets.redirect.clear();
            }
            let thread = Thread {
                hosts: hosts.clone(),
                tls: tls.clone(),
                port_suffix: port_suffix.into(),
                life: life.clone(),
                limits: limits.clone(),
                clients: clients.clone(),
                number,
            };
            let end = end.clone();
            let spawned = std::thread::Builder::new().name(format!("door-{number}")).spawn(move || thread.run(sockets, end));
            threads.push(spawned.map_err(|source| StartError::Listen { address: SocketAddr::from(([0, 0, 0, 0], 0)), source })?);
        }
        Ok(Self { threads, life, end })
    }

    /// Waits until open connections have finished, at most for the given time, then ends them.
    pub(crate) async fn drain(&mut self, limit: Duration) {
        let open = &self.life.open;
        open.close();
        if !self.life.is_handed_over() {
            self.life.leave.cancel();
        }
        if tokio::time::timeout(limit, open.wait()).await.is_err() && !self.life.leave.is_cancelled() {
            // Streams go on for as long as they may; then they are said goodbye to.
            self.life.leave.cancel();
            let _ = tokio::time::timeout(LEAVING, open.wait()).await;
        }
        if !open.is_empty() {
            tracing::info!(connections = open.len(), "connections that did not finish in time are ended");
        }
        self.end.cancel();
        let threads = std::mem::take(&mut self.threads);
        // Joining blocks: off the runtime.
        let _ = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|t| drop(t.join()))).await;
    }
}
