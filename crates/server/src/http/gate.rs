//! The gate before the control surfaces: while the store changes hands everybody waits, and afterwards goes to the successor.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedRwLockWriteGuard, RwLock, RwLockReadGuard};

/// Where the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Here,
    HandedOver,
}

/// Open, shut for a moment, or shut for good.
#[derive(Clone)]
pub(crate) struct Gate(Arc<RwLock<Store>>);

/// Somebody is inside.
pub(super) struct Inside<'a>(#[expect(dead_code, reason = "held, so that the gate is not shut meanwhile")] RwLockReadGuard<'a, Store>);

/// The gate is shut until this is dropped; nobody is inside.
pub(crate) struct Shut(OwnedRwLockWriteGuard<Store>);

impl Gate {
    pub(crate) fn open() -> Self {
        Self(Arc::new(RwLock::new(Store::Here)))
    }

    /// Goes in, after waiting when the gate is shut; `None` when the store is somebody else's.
    pub(super) async fn enter(&self) -> Option<Inside<'_>> {
        let state = self.0.read().await;
        (*state == Store::Here).then_some(Inside(state))
    }

    /// Lets nobody in any more and waits until everybody is out; `None` when that takes too long, and the gate is open again.
    pub(crate) async fn shut(&self, limit: Duration) -> Option<Shut> {
        tokio::time::timeout(limit, self.0.clone().write_owned()).await.ok().map(Shut)
    }
}

impl Shut {
    /// For good: the store is somebody else's.
    pub(crate) fn for_good(mut self) {
        *self.0 = Store::HandedOver;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_gate_waits_for_those_inside_and_lets_in_again_what_was_not_handed_over() {
        let gate = Gate::open();
        let inside = gate.enter().await;
        assert!(inside.is_some());
        assert!(gate.shut(Duration::from_secs(1)).await.is_none(), "somebody is inside");
        drop(inside);
        let shut = gate.shut(Duration::from_secs(1)).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(1), gate.enter()).await.is_err(), "everybody waits");
        drop(shut);
        assert!(gate.enter().await.is_some());
        gate.shut(Duration::from_secs(1)).await.unwrap().for_good();
        assert!(gate.enter().await.is_none());
    }
}
