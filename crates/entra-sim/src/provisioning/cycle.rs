//! Owns a provisioning cycle: people, then groups, then references, then the account of it.

use std::sync::Arc;

use futures_util::StreamExt;
use uuid::Uuid;

use super::client::{Endpoint, Failure};
use super::engine::Ticket;
use super::job::{Execution, Job, Quarantine};
use super::perform::Run;
use super::plan::{self, Retry, Scope};
use super::tally::{Summary, Tally};
use crate::clock::Stamp;
use crate::state::Sim;

/// Calls to the SCIM endpoint at a time.
const AT_ONCE: usize = 8;
/// Seconds until a job in quarantine is tried again.
const QUARANTINE_PAUSE: i64 = 86_400;

/// Runs one cycle when its turn has come. `None` when the job is gone.
pub async fn run(sim: &Arc<Sim>, job_id: &str, ticket: &Ticket, retry: Retry) -> Option<Summary> {
    let _turn = ticket.turn().await;
    let began = sim.now();
    let job = sim.tenant().jobs.get(job_id).cloned()?;
    let endpoint = match Endpoint::of(&sim.engine.http, &job) {
        Ok(endpoint) => endpoint,
        Err(failure) => return Some(unconfigured(sim, job_id, began, &failure)),
    };
    let run = Run::new(sim, &job, endpoint);
    drop(job);
    let tasks = planned(sim, job_id, |directory, job, scope| plan::people(directory, job, scope, began, retry));
    futures_util::stream::iter(tasks).for_each_concurrent(AT_ONCE, |task| run.perform(task)).await;
    let tasks = planned(sim, job_id, |directory, job, scope| plan::groups(directory, job, scope, began, retry));
    futures_util::stream::iter(tasks).for_each_concurrent(AT_ONCE, |task| run.perform(task)).await;
    let tasks = planned(sim, job_id, plan::members);
    futures_util::stream::iter(tasks).for_each_concurrent(AT_ONCE, |task| run.members(task)).await;
    let tasks = planned(sim, job_id, plan::managers);
    futures_util::stream::iter(tasks).for_each_concurrent(AT_ONCE, |task| run.manager(task)).await;
    Some(account(sim, &run, began))
}

fn planned<T>(sim: &Sim, job_id: &str, plan: impl FnOnce(&crate::directory::Directory, &Job, &Scope) -> Vec<T>) -> Vec<T> {
    let directory = sim.tenant();
    let Some(job) = directory.jobs.get(job_id) else {
        return Vec::new();
    };
    plan(&directory, job, &Scope::of(&directory, job))
}

fn unconfigured(sim: &Sim, job_id: &str, began: Stamp, failure: &Failure) -> Summary {
    let cycle = Uuid::new_v4();
    let mut tally = Tally::default();
    tally.fail(failure.to_string());
    let ended = sim.now();
    sim.change(|directory| {
        if let Some(job) = directory.jobs.get_mut(job_id) {
            finish(job, execution(cycle, (began, ended), 0, &tally, Some(failure)), Some(failure));
        }
    });
    Summary { cycle, state: "Failed".to_owned(), tally, requests: Vec::new() }
}

fn account(sim: &Sim, run: &Run, began: Stamp) -> Summary {
    let tally = run.tally.lock().clone();
    // Trouble that was not followed by any success is trouble with the endpoint, not with objects.
    let failure = {
        let trouble = run.trouble.lock();
        trouble.1.clone().filter(|_| trouble.0 > 0)
    };
    let ended = sim.now();
    let entitled = {
        let directory = sim.tenant();
        let scope = directory.jobs.get(&run.job).map(|job| Scope::of(&directory, job)).unwrap_or_default();
        (scope.people.len() + scope.groups.len()) as u64
    };
    let made = execution(run.cycle, (began, ended), entitled, &tally, failure.as_ref());
    let state = made.state.clone();
    run.change(|job| finish(job, made, failure.as_ref()));
    tracing::info!(job = run.job, %state, exported = tally.exported(), "provisioning cycle ended");
    Summary { cycle: run.cycle, state, tally, requests: run.endpoint.record() }
}

fn execution(activity: Uuid, (began, ended): (Stamp, Stamp), entitled: u64, tally: &Tally, failure: Option<&Failure>) -> Execution {
    let state = match (failure, tally.errors.is_empty()) {
        (Some(_), _) => "Failed",
        (None, false) => "EntryLevelErrors",
        (None, true) => "Succeeded",
    };
    Execution {
        activity,
        began,
        ended,
        entitled,
        imported: tally.imported,
        exported: tally.exported(),
        escrowed: tally.errors.len() as u64,
        state: state.to_owned(),
        error: failure.map(ToString::to_string),
    }
}

/// Writes a cycle into the job: last ones, steady state, quarantine.
fn finish(job: &mut Job, made: Execution, failure: Option<&Failure>) {
    let ended = made.ended;
    match failure {
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
        Some(failure) => {
            job.failures += 1;
            let before = job.quarantine.take();
            job.quarantine = Some(Quarantine {
                reason: "EncounteredQuarantineException".to_owned(),
                message: failure.to_string(),
                series_began: before.as_ref().map_or(made.began, |known| known.series_began),
                series_count: before.map_or(0, |known| known.series_count) + 1,
                current_began: ended,
                next_attempt: ended.plus(QUARANTINE_PAUSE),
            });
        }
    }
    job.last = Some(made);
}
