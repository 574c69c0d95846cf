//! When API tokens were used last: kept in memory, written to the store now and then.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{ApiTokenId, Timestamp};
use store::Store;

/// How old the stored time of use may be before it is written again, in milliseconds.
const WRITTEN_AFTER_MS: i64 = 60_000;

/// The last uses since the server was started. There are as many entries as tokens.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<ApiTokenId, Use>>);

#[derive(Debug, Clone, Copy)]
struct Use {
    last: Timestamp,
    written: Timestamp,
}

impl Uses {
    /// Notes a use. At most once a minute and token this begins a write, which nobody waits for.
    pub(crate) fn note(&self, store: &Store, id: &ApiTokenId, now: Timestamp) {
        let due = {
            let mut uses = self.known();
            let known = uses.entry(id.clone()).or_insert(Use { last: now, written: Timestamp::default() });
            known.last = known.last.max(now);
            let due = now.millis() - known.written.millis() >= WRITTEN_AFTER_MS;
            if due {
                known.written = now;
            }
            due
        };
        if due {
            let (store, id) = (store.clone(), id.clone());
            tokio::spawn(async move {
                if let Err(error) = store.write(move |tx| tx.note_api_token_use(&id, now)).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the last use of an API token was not written down");
                }
            });
        }
    }
    /// The last use since the start.
    pub(crate) fn last(&self, id: &ApiTokenId) -> Option<Timestamp> {
        self.known().get(id).map(|known| known.last)
    }
    /// Forgets a token that was removed.
    pub(crate) fn forget(&self, id: &ApiTokenId) {
        self.known().remove(id);
    }
    /// Each entry is whole at any time, so a panic elsewhere spoils nothing.
    fn known(&self) -> MutexGuard<'_, HashMap<ApiTokenId, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
