//! Decisions that could not be written down: whether that stops admissions, and the warning about those that were lost.

use std::sync::atomic::Ordering;

use model::{finding::Finding, warning::Subject};
use store::StoreError;

use crate::door::{Guard, Unrecorded};

/// Name of the warning.
const LOST: &str = "decisions-lost";

impl Guard {
    /// True when an admission must be refused, because its decision would not be written down.
    pub(crate) fn must_refuse(&self) -> bool {
        self.inner.config.unrecorded == Unrecorded::Refuse && !self.inner.store.takes_records()
    }

    /// Raises the warning when decisions were lost since the last time.
    pub(crate) async fn tell_lost(&self) -> Result<(), StoreError> {
        let lost = self.inner.store.dropped_records();
        if lost == self.inner.lost_told.load(Ordering::Acquire) {
            return Ok(());
        }
        let text = format!("{lost} access decisions since the start of the server could not be written down and are lost");
        let fix = "Look at the disk of the store, and at the server's log from that time; the requests themselves were decided as always.";
        self.inner.store.write(move |tx| tx.raise_warning(Subject::Organization, Finding::warning(LOST, text, fix))).await?;
        self.inner.lost_told.store(lost, Ordering::Release);
        Ok(())
    }
}
