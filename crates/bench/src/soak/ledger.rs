//! What happened during a soak: counts, times of answers, and everything that should not have happened.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Faults whose text is kept.
const KEPT: usize = 20;

/// What people and administrators did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Request,
    /// Too many were under way.
    LeftOut,
    Upload,
    SocketOpened,
    Ping,
    SignIn,
    Revocation,
    PolicyEdit,
}

impl Deed {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::LeftOut => "requests left out because too many were under way",
            Self::Upload => "uploads of 256 KiB",
            Self::SocketOpened => "WebSockets opened",
            Self::Ping => "pings through them",
            Self::SignIn => "sign-ins",
            Self::Revocation => "revocations",
            Self::PolicyEdit => "policy edits",
        }
    }
}

/// The book that everybody writes into.
#[derive(Default)]
pub struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    done: BTreeMap<Deed, u64>,
    /// Of requests, since the last window.
    times: Vec<Duration>,
    faults: u64,
    texts: Vec<String>,
}

impl Ledger {
    fn open(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn done(&self, deed: Deed) {
        *self.open().done.entry(deed).or_default() += 1;
    }

    /// A request that was answered.
    pub fn answered(&self, took: Duration) {
        let mut entries = self.open();
        *entries.done.entry(Deed::Request).or_default() += 1;
        entries.times.push(took);
    }

    pub fn fault(&self, text: impl Into<String>) {
        let mut entries = self.open();
        entries.faults += 1;
        if entries.texts.len() < KEPT {
            entries.texts.push(text.into());
        }
    }

    /// Times of requests since this was last asked.
    pub fn take_times(&self) -> Vec<Duration> {
        std::mem::take(&mut self.open().times)
    }

    /// How many faults, and what the first ones were.
    pub fn faults(&self) -> (u64, Vec<String>) {
        let entries = self.open();
        (entries.faults, entries.texts.clone())
    }

    /// "12 sign-ins, 3 policy edits".
    pub fn told(&self) -> String {
        let entries = self.open();
        let each: Vec<String> =
            entries.done.iter().map(|(deed, count)| format!("{} {}", crate::measure::grouped(*count), deed.name())).collect();
        each.join(", ")
    }
}
