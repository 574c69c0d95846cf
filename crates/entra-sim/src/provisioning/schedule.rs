//! Owns the starts of cycles: by the clock, by an administrator, and by a test that moves the clock.

use std::sync::Arc;
use std::time::Duration;

use super::cycle;
use super::escrow::Retry;
use super::job::{Job, ScheduleState};
use super::tally::Summary;
use crate::clock::Stamp;
use crate::directory::id::ObjectId;
use crate::state::{Sim, stopped};

/// Seconds between cycles.
pub const INTERVAL: i64 = 40 * 60;
/// Seconds for which a deleted person can be restored.
const RESTORABLE: i64 = 30 * 86_400;
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(20);
/// Most cycles that one move of the clock runs.
pub const MOST_CYCLES: usize = 2_000;

/// How the clock is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once; what is due then runs once.
    Jump,
    /// From one due cycle to the next, as time would pass.
    Steps,
}

/// Starts cycles of active jobs when their time comes, until the simulator stops.
pub async fn run(sim: Arc<Sim>) {
    loop {
        tokio::select! {
            () = stopped(sim.stopping.clone()) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        purge_expired(&sim, sim.now());
        for id in due(&sim, sim.now()) {
            if !sim.engine.is_busy(&id) {
                start(&sim, &id);
            }
        }
    }
}

fn due(sim: &Sim, now: Stamp) -> Vec<String> {
    sim.tenant().jobs.values().filter(|job| next_start(job).is_some_and(|at| at <= now)).map(|job| job.id.clone()).collect()
}

/// When an active job that has run before runs again.
fn next_start(job: &Job) -> Option<Stamp> {
    let last = job.last.as_ref().filter(|_| job.state == ScheduleState::Active)?;
    Some(job.quarantine.as_ref().map_or_else(|| last.began.plus(INTERVAL), |held| held.next_attempt))
}

/// Starts a cycle and returns at once; the job is busy from now on.
pub fn start(sim: &Arc<Sim>, job: &str) {
    let ticket = sim.engine.ask(job);
    let (sim, job) = (Arc::clone(sim), job.to_owned());
    tokio::spawn(async move {
        cycle::run(&sim, &job, &ticket, Retry::Due).await;
    });
}

/// Moves the clock on and runs what becomes due, to its end. Summaries in the order of the cycles.
pub async fn advance(sim: &Arc<Sim>, seconds: i64, pace: Pace) -> Vec<(String, Summary)> {
    let goal = sim.now().plus(seconds);
    let mut summaries = Vec::new();
    while pace == Pace::Steps && summaries.len() < MOST_CYCLES {
        let next = sim.tenant().jobs.values().filter_map(next_start).min();
        let Some(next) = next.filter(|next| *next <= goal) else {
            break;
        };
        sim.move_to(next);
        let ran = run_due(sim).await;
        if ran.is_empty() {
            break;
        }
        summaries.extend(ran);
    }
    sim.move_to(goal);
    purge_expired(sim, sim.now());
    summaries.extend(run_due(sim).await);
    summaries
}

async fn run_due(sim: &Arc<Sim>) -> Vec<(String, Summary)> {
    let mut summaries = Vec::new();
    for id in due(sim, sim.now()) {
        let ticket = sim.engine.ask(&id);
        if let Some(summary) = cycle::run(sim, &id, &ticket, Retry::Due).await {
            summaries.push((id, summary));
        }
    }
    summaries
}

/// Removes people for good who were deleted thirty days ago.
pub fn purge_expired(sim: &Sim, now: Stamp) {
    let expired: Vec<ObjectId> = {
        let directory = sim.tenant();
        let gone = directory.users.values().filter(|user| user.deleted.is_some_and(|at| at.plus(RESTORABLE) <= now));
        gone.map(|user| user.id).collect()
    };
    if !expired.is_empty() {
        sim.change(|directory| {
            for id in expired {
                directory.users.remove(&id);
                directory.forget(id);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::job::Execution;
    use super::super::mapping::{ExternalIdSource, Schema};
    use super::*;
    use crate::directory::id::TenantId;

    #[test]
    fn an_active_job_is_due_forty_minutes_after_its_last_start() {
        let start = Stamp::new(time::OffsetDateTime::UNIX_EPOCH);
        let schema = Schema::usual(Uuid::nil(), ExternalIdSource::MailNickname);
        let mut job = Job::new(TenantId::random(), Uuid::nil(), ObjectId::random(), schema);
        job.state = ScheduleState::Active;
        assert_eq!(next_start(&job), None);
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
        assert_eq!(next_start(&job), Some(start.plus(INTERVAL)));
        for state in [ScheduleState::Paused, ScheduleState::Disabled] {
            job.state = state;
            assert_eq!(next_start(&job), None);
        }
    }
}
