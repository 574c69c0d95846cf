//! Lines of the access log that were lost become a warning (ruling 34); after a day without another loss it is gone.

use guard::Guard;
use model::{Timestamp, finding::Finding, warning::Subject};
use store::StoreError;

use crate::access_log::AccessLog;

const CODE: &str = "access-log-dropped";
const DAY_SECS: i64 = 86_400;

/// The job's memory.
pub(super) struct Losses {
    /// Lines lost at each place, as they were told.
    told: Vec<u64>,
    /// When a loss was seen last, or the server started; `None` once the warning is gone.
    since: Option<Timestamp>,
}

impl Losses {
    pub(super) fn starting(now: Timestamp) -> Self {
        Self { told: Vec::new(), since: Some(now) }
    }

    /// One round.
    pub(super) async fn round(&mut self, guard: &Guard, log: &AccessLog, now: Timestamp) -> Result<(), StoreError> {
        let lost: Vec<(&'static str, u64)> = log.tallies().map(|tally| (tally.name(), tally.dropped())).collect();
        self.told.resize(lost.len(), 0);
        let findings: Vec<Finding> = lost.iter().zip(&self.told).filter(|(now, told)| now.1 > **told).map(|(now, _)| found(*now)).collect();
        if !findings.is_empty() {
            guard
                .store()
                .write(move |tx| findings.clone().into_iter().try_for_each(|finding| tx.raise_warning(Subject::Organization, finding)))
                .await?;
            self.told = lost.into_iter().map(|(_, count)| count).collect();
            self.since = Some(now);
        } else if self.since.is_some_and(|since| now.secs_since(since) >= DAY_SECS) {
            guard.store().write(|tx| tx.clear_warning(Subject::Organization, CODE)).await?;
            self.since = None;
        }
        Ok(())
    }
}

fn found((place, count): (&'static str, u64)) -> Finding {
    let text = format!("{count} lines of the access log did not reach their place ({place}) since the server started.");
    let fix = "See in the log why that place is slow or refuses, or raise its queue_mib in [[logs.access]].";
    Finding { about: Some(place.to_owned()), ..Finding::warning(CODE, text, fix) }
}
