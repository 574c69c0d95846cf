//! Owns writing a cycle into its job: last ones, steady state, quarantine and the way out of it.
//!
//! Source: "Application provisioning in quarantine status".

use super::failure::Failure;
use super::job::{Execution, Job, Quarantine, ScheduleState};
use super::limits::Limits;
use super::notification;
use crate::clock::Stamp;

/// Seconds until a job in quarantine is tried again.
const PAUSE: i64 = 86_400;

/// What speaks against a cycle as a whole.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The endpoint or its credentials.
    Endpoint(Failure),
    /// So many deletions were held back.
    Deletions(u64),
}

/// Writes a cycle into the job.
pub fn finish(job: &mut Job, made: Execution, fault: Option<Fault>, limits: &Limits) {
    let ended = made.ended;
    let cause = match &fault {
        Some(Fault::Endpoint(failure)) => Some(("EncounteredQuarantineException", failure.to_string())),
        Some(Fault::Deletions(count)) => Some(("TooManyDeletes", format!("{count} deletions exceed the threshold and were held back"))),
        None => limits.exceeded(job, made.entitled).map(|word| {
            let (failed, references) = (job.escrows.len(), job.reference_escrows.len());
            (word, format!("{failed} objects and {references} references of {} objects in scope fail", made.entitled))
        }),
    };
    match cause {
        None => {
            job.steady = true;
            job.steady_first.get_or_insert(ended);
            job.steady_last = Some(ended);
            job.failures = 0;
            job.quarantine = None;
            job.last_good = Some(made.clone());
            if made.exported > 0 {
                job.last_export = Some(made.clone());
            }
        }
        Some((reason, message)) => {
            job.failures += 1;
            impose(job, made.began, ended, (reason, message), limits);
        }
    }
    job.last = Some(made);
}

fn impose(job: &mut Job, began: Stamp, ended: Stamp, (reason, message): (&str, String), limits: &Limits) {
    let before = job.quarantine.take();
    if before.is_none() {
        notification::send(job, ended, format!("Provisioning is in quarantine: {message}"));
    }
    let series_began = before.as_ref().map_or(began, |known| known.series_began);
    if series_began.plus(i64::from(limits.quarantine_days) * 86_400) <= ended {
        job.state = ScheduleState::Disabled;
        notification::send(job, ended, "Provisioning was disabled after its time in quarantine".to_owned());
    }
    job.quarantine = Some(Quarantine {
        reason: reason.to_owned(),
        message,
        series_began,
        series_count: before.map_or(0, |known| known.series_count) + 1,
        current_began: ended,
        next_attempt: ended.plus(PAUSE),
    });
}

#[cfg(test)]
mod tests;
