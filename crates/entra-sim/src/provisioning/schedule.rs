//! Owns the starts of cycles: by the clock, by an administrator, and starting over.

use std::sync::Arc;
use std::time::Duration;

use super::cycle;
use super::job::{Job, ScheduleState};
use super::plan::Retry;
use crate::clock::Stamp;
use crate::state::{Sim, stopped};

/// Seconds between cycles.
pub const INTERVAL: i64 = 40 * 60;
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(20);

/// What a restart throws away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// What was sent, not whom it was sent to.
    Watermark,
    /// Everything.
    Full,
}

/// Starts cycles of active jobs when their time comes, until the simulator stops.
pub async fn run(sim: Arc<Sim>) {
    loop {
        tokio::select! {
            () = stopped(sim.stopping.clone()) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = sim.now();
        let due: Vec<String> = sim.tenant().jobs.values().filter(|job| is_due(job, now)).map(|job| job.id.clone()).collect();
        for id in due {
            if !sim.engine.is_busy(&id) {
                start(&sim, &id);
            }
        }
    }
}

fn is_due(job: &Job, now: Stamp) -> bool {
    let Some(last) = job.last.as_ref().filter(|_| job.state == ScheduleState::Active) else {
        return false;
    };
    match &job.quarantine {
        Some(quarantine) => quarantine.next_attempt <= now,
        None => last.began.plus(INTERVAL) <= now,
    }
}

/// Starts a cycle and returns at once; the job is busy from now on.
pub fn start(sim: &Arc<Sim>, job: &str) {
    let ticket = sim.engine.ask(job);
    let (sim, job) = (Arc::clone(sim), job.to_owned());
    tokio::spawn(async move {
        cycle::run(&sim, &job, &ticket, Retry::Due).await;
    });
}

/// Prepares a job for an initial cycle.
pub fn reset(job: &mut Job, reset: Reset) {
    job.steady = false;
    job.steady_first = None;
    job.steady_last = None;
    job.quarantine = None;
    job.failures = 0;
    job.escrows.clear();
    match reset {
        Reset::Full => job.links.clear(),
        Reset::Watermark => {
            for link in job.links.values_mut() {
                link.sent.retain(|path, _| path == "active");
                link.members.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::job::Execution;
    use super::super::mapping::{ExternalIdSource, Schema};
    use super::*;
    use crate::directory::id::{ObjectId, TenantId};

    #[test]
    fn an_active_job_is_due_forty_minutes_after_its_last_start() {
        let start = Stamp::new(time::OffsetDateTime::UNIX_EPOCH);
        let schema = Schema::usual(Uuid::nil(), ExternalIdSource::MailNickname);
        let mut job = Job::new(TenantId::random(), Uuid::nil(), ObjectId::random(), schema);
        job.state = ScheduleState::Active;
        assert!(!is_due(&job, start.plus(10_000)));
        job.last = Some(Execution {
            activity: Uuid::nil(),
            began: start,
            ended: start.plus(5),
            entitled: 0,
            imported: 0,
            exported: 0,
            escrowed: 0,
            state: "Succeeded".into(),
            error: None,
        });
        assert!(!is_due(&job, start.plus(INTERVAL - 1)));
        assert!(is_due(&job, start.plus(INTERVAL)));
        job.state = ScheduleState::Paused;
        assert!(!is_due(&job, start.plus(INTERVAL)));
    }
}
