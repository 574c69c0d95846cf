//! A running server: what can be asked of it, and how it ends or is succeeded.

use std::{
    net::SocketAddr,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use guard::Guard;
use store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    access_log::Writers,
    handover::{HandOverError, Program, Successor},
    http::{Gate, Life, Listeners, Sockets},
    jobs,
    live::Current,
    reload::Reload,
    wiring::Clock,
};

/// How long the checks of sessions may take to end.
const CHECKS_END: Duration = Duration::from_secs(3);
/// How long the last lines of the access log may take at least, however long requests took to end.
const LINES_END: Duration = Duration::from_secs(1);
/// How long changes and sign-ins that are under way may take to end before a hand-over.
const CHANGES_END: Duration = Duration::from_secs(10);

/// A running server.
pub struct Running {
    /// Addresses that are listened on, in the order of the configuration.
    pub addresses: Vec<SocketAddr>,
    /// The same for the plain ones, where TLS terminators connect.
    pub plain_addresses: Vec<SocketAddr>,
    /// The same for the machine's own watchers (`/live`, `/ready`).
    pub operation_addresses: Vec<SocketAddr>,
    /// Origin of the team domain, as in `iss`.
    pub team_origin: String,
    /// The guard, for embedding programs and tests.
    pub guard: Guard,
    /// The checks of sessions at their providers, for tests: they run by themselves.
    pub liveness: login::liveness::Liveness,
    pub(crate) checks: Checks,
    pub(crate) expansions: provisioning::expansion::Expansions,
    pub(crate) idp: idp::Client,
    pub(crate) clock: Clock,
    pub(crate) contacts: provisioning::Contacts,
    pub(crate) store: Store,
    pub(crate) listeners: Listeners,
    pub(crate) writers: Writers,
    /// Kept for a successor.
    pub(crate) sockets: Sockets,
    pub(crate) gate: Gate,
    pub(crate) life: Life,
    pub(crate) end: CancellationToken,
    pub(crate) live: Current,
    pub(crate) reload: Reload,
}

/// The checks of sessions at their providers, under way.
pub(crate) struct Checks {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Checks {
    pub(crate) fn start(liveness: &login::liveness::Liveness, stop: &CancellationToken) -> Self {
        let stop = stop.child_token();
        Self { task: jobs::start_liveness(liveness.clone(), stop.clone()), stop }
    }

    /// What a provider has answered is written down first.
    async fn end(&mut self) {
        self.stop.cancel();
        // They end within two seconds of the stop by themselves.
        if tokio::time::timeout(CHECKS_END, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("checks of sessions at their providers were given up");
        }
    }
}

impl Running {
    /// Polls devices and risk now, for tests: it happens by itself.
    pub async fn poll(&self) {
        jobs::poll_once(&self.guard, &self.idp, (self.clock)()).await;
    }

    /// Fills in the nested members whose turn it is, for tests: it happens by itself.
    pub async fn expand(&self) -> Result<(), store::StoreError> {
        self.expansions.round((self.clock)()).await
    }

    /// Frees the seats of people who stay away now, for tests: it happens by itself once a day.
    pub async fn free_idle_seats(&self) -> Result<u64, store::StoreError> {
        self.guard.free_idle_seats((self.clock)()).await
    }

    /// The way to read the configuration anew.
    pub fn reload(&self) -> &Reload {
        &self.reload
    }

    /// True while every serving thread turns.
    pub fn is_live(&self) -> bool {
        self.life.beats.still().is_empty()
    }

    /// Lets a new process take over: the sockets, then the store. Its process id once it serves; this one is to be shut down then. After
    /// an error this one serves as before.
    pub async fn hand_over(&mut self, program: &Program) -> Result<u32, HandOverError> {
        let mut successor = Successor::start(program, &self.sockets.all()).await?;
        self.checks.end().await;
        // Held until it is clear whose the store is.
        let shut = self.gate.shut(CHANGES_END).await;
        let given = if shut.is_some() { self.give(&mut successor).await } else { Err(HandOverError::Busy) };
        match given {
            Ok(process) => {
                if let Some(shut) = shut {
                    shut.for_good();
                }
                successor.release();
                self.life.handed_over.store(true, Ordering::Release);
                self.life.stop.cancel();
                Ok(process)
            }
            Err(error) => {
                successor.end().await;
                if shut.is_some() {
                    self.take_back().await;
                }
                self.checks = Checks::start(&self.liveness, &self.life.stop);
                Err(error)
            }
        }
    }

    /// From letting go of the store until the successor serves.
    async fn give(&self, successor: &mut Successor) -> Result<u32, HandOverError> {
        let began = Instant::now();
        flush(&self.contacts, &self.store).await;
        self.store.hand_over().await?;
        let process = successor.serve().await?;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(process, store_away_ms = millis, "a new server has taken over");
        Ok(process)
    }

    async fn take_back(&self) {
        if let Err(error) = self.store.take_back().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the store could not be taken back: restart this server");
        }
    }

    /// Stops accepting, lets requests finish for the configured time, closes the store.
    pub async fn shutdown(mut self) {
        self.life.stop.cancel();
        // Nobody is to wait at an address that is not served any more.
        self.sockets.close();
        let drain = Duration::from_secs(self.live.load().config.http.drain_seconds);
        let end = Instant::now() + drain.max(LINES_END);
        self.listeners.drain(drain).await;
        let (writers, end) = (self.writers, end.max(Instant::now() + LINES_END));
        // What hangs is given up. Waiting blocks: off the runtime.
        let written = tokio::task::spawn_blocking(move || writers.close(end));
        if !self.life.is_handed_over() {
            self.checks.end().await;
            flush(&self.contacts, &self.store).await;
        }
        self.store.close().await;
        if written.await.is_err() {
            tracing::warn!("the access log did not end well");
        }
        self.end.cancel();
    }
}

async fn flush(contacts: &provisioning::Contacts, store: &Store) {
    if let Err(error) = contacts.flush(store).await {
        tracing::warn!(%error, "the last calls of provisioning clients could not be noted");
    }
}
