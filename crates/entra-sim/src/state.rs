//! Owns what a running simulator shares between its handlers, and keeping the tenant in a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use crate::clock::{Clock, Stamp};
use crate::directory::Directory;
use crate::directory::id::TenantId;
use crate::graph::history::History;
use crate::graph::quota::Meters;
use crate::oidc::desk::Desk;
use crate::oidc::keys::KeyRing;
use crate::provisioning::engine::Engine;
use crate::sim::faults::Faults;
use crate::sim::knobs::Knobs;
use crate::sim::switches::Switches;

/// The running simulator as one of its tenants sees it.
pub struct Sim {
    shared: Arc<Shared>,
    /// A further tenant; the simulator's own when absent.
    seat: Option<TenantId>,
}

impl std::ops::Deref for Sim {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// What all tenants of a simulator have in common.
pub struct Shared {
    /// Public base URL, no slash at the end.
    pub base: String,
    /// The clock.
    pub clock: Clock,
    /// Seconds by which a test has moved it on.
    ahead: AtomicI64,
    directory: RwLock<Directory>,
    /// Signing keys.
    pub keys: RwLock<KeyRing>,
    /// Sign-ins under way, sessions, codes.
    pub desk: Mutex<Desk>,
    /// Faults to inject and paging knobs.
    pub faults: Mutex<Faults>,
    /// Standing switches.
    pub knobs: Mutex<Knobs>,
    /// What Graph's callers have spent.
    pub meters: Mutex<Meters>,
    /// What delta queries have seen, by tenant.
    pub histories: Mutex<HashMap<TenantId, History>>,
    /// What a test has switched on.
    pub switches: Mutex<Switches>,
    /// The provisioning service.
    pub engine: Engine,
    /// Turns true when the simulator stops.
    pub stopping: watch::Receiver<bool>,
    dirty: Notify,
}

/// Waits until the simulator stops.
pub async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// What the state file holds.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The tenant.
    pub directory: Directory,
    /// Signing keys.
    pub keys: crate::oidc::keys::KeptKeys,
}

impl Shared {
    /// Puts the parts together.
    pub fn new(
        base: String,
        clock: Clock,
        (directory, keys): (Directory, KeyRing),
        engine: Engine,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            base,
            clock,
            ahead: AtomicI64::new(0),
            directory: RwLock::new(directory),
            keys: RwLock::new(keys),
            desk: Mutex::default(),
            faults: Mutex::default(),
            knobs: Mutex::default(),
            meters: Mutex::default(),
            histories: Mutex::default(),
            switches: Mutex::default(),
            engine,
            stopping,
            dirty: Notify::new(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Stamp {
        Stamp::new((self.clock)()).plus(self.ahead.load(Ordering::SeqCst))
    }

    /// Moves the clock on to a moment; a moment that is over is left over.
    pub fn move_to(&self, moment: Stamp) {
        let missing = moment.unix() - self.now().unix();
        if missing > 0 {
            self.ahead.fetch_add(missing, Ordering::SeqCst);
        }
        if self.now() < moment {
            // The parts of a second did not suffice.
            self.ahead.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Sim {
    /// Seen from its own tenant.
    pub fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), seat: None }
    }

    /// Seen from another tenant; from its own when there is no such tenant.
    pub fn seen_from(&self, tenant: TenantId) -> Self {
        Self { shared: Arc::clone(&self.shared), seat: Some(tenant) }
    }

    /// The present moment as the service tells it to others: wrong by the skew that is switched on.
    pub fn told(&self) -> Stamp {
        let skew = self.switches.lock().skew_seconds;
        self.now().plus(skew)
    }

    /// Whether a sign-in is older than the frequency that is switched on allows.
    pub fn is_stale(&self, signed_in: Stamp, now: Stamp) -> bool {
        let frequency = self.switches.lock().sign_in_frequency;
        frequency.is_some_and(|seconds| signed_in.plus(seconds) < now)
    }

    /// The tenant, for reading. Never hold it across an await.
    pub fn tenant(&self) -> MappedRwLockReadGuard<'_, Directory> {
        RwLockReadGuard::map(self.directory.read(), |whole| self.seat.and_then(|id| whole.by_id(id)).unwrap_or(whole))
    }

    /// Changes the tenant and marks it for saving.
    pub fn change<R>(&self, edit: impl FnOnce(&mut Directory) -> R) -> R {
        let result = {
            let mut whole = self.directory.write();
            let at = self.seat.and_then(|id| whole.others.iter().position(|other| other.tenant.id == id));
            match at {
                Some(at) => edit(&mut whole.others[at]),
                None => edit(&mut whole),
            }
        };
        self.dirty.notify_one();
        result
    }

    /// Marks the state for saving.
    pub fn touch(&self) {
        self.dirty.notify_one();
    }

    fn kept(&self) -> Result<Vec<u8>, serde_json::Error> {
        let directory = self.directory.read();
        let keys = self.keys.read().kept();
        serde_json::to_vec(&Kept { directory: directory.clone(), keys })
    }

    /// Writes the state whole, by rename.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let bytes = self.kept().map_err(std::io::Error::other)?;
        let fresh = path.with_extension("new");
        write_private(&fresh, &bytes)?;
        std::fs::rename(&fresh, path)
    }

    /// Saves after changes, at most twice a second, until the simulator stops.
    pub async fn keep(self: Arc<Self>, path: PathBuf) {
        loop {
            let stop = tokio::select! {
                () = self.dirty.notified() => false,
                () = stopped(self.stopping.clone()) => true,
            };
            if !stop {
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
            let (sim, target) = (Arc::clone(&self), path.clone());
            let saved = tokio::task::spawn_blocking(move || sim.save(&target)).await;
            if let Ok(Err(error)) = saved {
                tracing::error!(%error, "the tenant could not be saved");
            }
            if stop {
                return;
            }
        }
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a state file; `None` when there is none yet.
pub fn load(path: &Path) -> std::io::Result<Option<Kept>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut kept: Kept = serde_json::from_slice(&bytes).map_err(std::io::Error::other)?;
    kept.directory.index();
    Ok(Some(kept))
}
