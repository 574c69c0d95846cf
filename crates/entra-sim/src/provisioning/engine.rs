//! Owns what provisioning cycles share: the HTTP client, one cycle at a time per job, and the log.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as TurnMutex, watch};

use super::client;
use super::limits::Limits;
use super::log::Log;
use super::wire::Wire;
use crate::config::StartError;

/// The provisioning service.
pub struct Engine {
    /// Client for SCIM calls.
    pub http: reqwest::Client,
    /// Latest log entries.
    pub log: Mutex<Log>,
    /// How requests are written.
    pub wire: Mutex<Wire>,
    /// When jobs are put into quarantine.
    pub limits: Mutex<Limits>,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

/// Lets one cycle of a job run at a time and tells when none is left.
pub struct Gate {
    turn: TurnMutex<()>,
    open: watch::Sender<usize>,
}

/// A cycle that has been asked for; it counts as running until dropped.
pub struct Ticket(Arc<Gate>);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

impl Ticket {
    /// Waits for the cycles asked for before.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }
}

impl Engine {
    /// Sets the service up.
    pub fn new(ca: Option<&[u8]>) -> Result<Self, StartError> {
        Ok(Self {
            http: client::http(ca)?,
            log: Mutex::default(),
            wire: Mutex::default(),
            limits: Mutex::default(),
            gates: Mutex::default(),
        })
    }

    fn gate(&self, job: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock();
        let made = || Arc::new(Gate { turn: TurnMutex::new(()), open: watch::channel(0).0 });
        Arc::clone(gates.entry(job.to_owned()).or_insert_with(made))
    }

    /// Asks for a cycle; from now on the job is not idle.
    pub fn ask(&self, job: &str) -> Ticket {
        let gate = self.gate(job);
        gate.open.send_modify(|open| *open += 1);
        Ticket(gate)
    }

    /// Whether a cycle runs or waits.
    pub fn is_busy(&self, job: &str) -> bool {
        *self.gate(job).open.borrow() > 0
    }

    /// Waits until no cycle of the job runs or waits.
    pub async fn idle(&self, job: &str) {
        let mut open = self.gate(job).open.subscribe();
        // An error means that the gate is gone, and with it every cycle.
        let _ = open.wait_for(|open| *open == 0).await;
    }
}
