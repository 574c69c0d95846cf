//! Owns a provisioning cycle: people, then groups, then references, then the account of it.

use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use uuid::Uuid;

use super::client::Endpoint;
use super::engine::Ticket;
use super::escrow::Retry;
use super::failure::Failure;
use super::job::{Deletions, Execution, ScheduleState};
use super::perform::{Initiator, Run};
use super::plan::{Ground, Task};
use super::quarantine::{Fault, finish};
use super::schedule::purge_expired;
use super::scope::Scope;
use super::tally::{Summary, Tally};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::state::Sim;

/// Runs one cycle when its turn has come. `None` when the job is gone or was stopped before.
pub async fn run(sim: &Arc<Sim>, job_id: &str, ticket: &Ticket, retry: Retry) -> Option<Summary> {
    let _turn = ticket.turn().await;
    let (began, clock) = (sim.now(), Instant::now());
    purge_expired(sim, began);
    let job = sim.tenant().jobs.get(job_id).filter(|job| job.state == ScheduleState::Active).cloned()?;
    let endpoint = match Endpoint::of(sim, &job) {
        Ok(endpoint) => endpoint,
        Err(failure) => return Some(unconfigured(sim, job_id, began, failure)),
    };
    let at_once = endpoint.wire.at_once;
    let run = Run::new(sim, &job, endpoint, Initiator::Service);
    drop(job);
    let people = planned(sim, job_id, |ground| ground.people(), (began, retry));
    let groups = planned(sim, job_id, |ground| ground.groups(), (began, retry));
    let deletions = too_many(sim, job_id, people.iter().chain(&groups));
    let people = kept(sim, people, deletions);
    futures_util::stream::iter(people).for_each_concurrent(at_once, |task| run.perform(task)).await;
    let groups = kept(sim, planned(sim, job_id, |ground| ground.groups(), (began, retry)), deletions);
    futures_util::stream::iter(groups).for_each_concurrent(at_once, |task| run.perform(task)).await;
    let tasks = planned(sim, job_id, |ground| ground.members(), (began, retry));
    futures_util::stream::iter(tasks).for_each_concurrent(at_once, |task| run.members(task)).await;
    let tasks = planned(sim, job_id, |ground| ground.managers(), (began, retry));
    futures_util::stream::iter(tasks).for_each_concurrent(at_once, |task| run.manager(task)).await;
    Some(account(sim, &run, (began, clock), deletions))
}

fn planned<T>(sim: &Sim, job_id: &str, plan: impl FnOnce(&Ground<'_>) -> Vec<T>, (now, retry): (Stamp, Retry)) -> Vec<T> {
    let directory = sim.tenant();
    let Some(job) = directory.jobs.get(job_id) else {
        return Vec::new();
    };
    plan(&Ground { directory: &directory, job, scope: &Scope::of(&directory, job), now, retry })
}

/// How many deletions there are, when they are more than the job may carry out unasked.
fn too_many<'a>(sim: &Sim, job_id: &str, tasks: impl Iterator<Item = &'a Task>) -> Option<u64> {
    let directory = sim.tenant();
    let job = directory.jobs.get(job_id)?;
    let guarded = job.notification.delete_threshold_enabled && job.deletions == Deletions::Guarded;
    let count = tasks.filter(|task| task.is_deletion(&directory)).count() as u64;
    (guarded && count > job.notification.delete_threshold_value).then_some(count)
}

fn kept(sim: &Sim, tasks: Vec<Task>, deletions: Option<u64>) -> Vec<Task> {
    if deletions.is_none() {
        return tasks;
    }
    let directory: &Directory = &sim.tenant();
    tasks.into_iter().filter(|task| !task.is_deletion(directory)).collect()
}

fn unconfigured(sim: &Sim, job_id: &str, began: Stamp, failure: Failure) -> Summary {
    let cycle = Uuid::new_v4();
    let mut tally = Tally::default();
    tally.fail(failure.to_string());
    let (ended, limits) = (sim.now(), *sim.engine.limits.lock());
    sim.change(|directory| {
        if let Some(job) = directory.jobs.get_mut(job_id) {
            let made = execution(cycle, (began, ended), 0, &tally, Some(failure.to_string()));
            finish(job, made, Some(Fault::Endpoint(failure)), &limits);
        }
    });
    Summary { cycle, state: "Failed".to_owned(), tally, millis: 0, requests: Vec::new() }
}

fn account(sim: &Sim, run: &Run, (began, clock): (Stamp, Instant), deletions: Option<u64>) -> Summary {
    run.tally.lock().held_back = deletions.unwrap_or(0);
    let tally = run.tally.lock().clone();
    let trouble = std::mem::take(&mut *run.trouble.lock());
    // Trouble that was not followed by any success is trouble with the endpoint, not with objects.
    let endpoint = trouble.last.filter(|_| trouble.in_a_row > 0);
    if endpoint.is_none() {
        for (id, wish, failure) in trouble.hit {
            run.put_aside(id, wish, &failure);
        }
    }
    let fault = endpoint.map(Fault::Endpoint).or(deletions.map(Fault::Deletions));
    let entitled = {
        let directory = sim.tenant();
        let scope = directory.jobs.get(&run.job).map(|job| Scope::of(&directory, job)).unwrap_or_default();
        (scope.people.len() + scope.groups.len()) as u64
    };
    let error = match &fault {
        Some(Fault::Endpoint(failure)) => Some(failure.to_string()),
        Some(Fault::Deletions(count)) => Some(format!("{count} deletions were held back")),
        None => None,
    };
    let made = execution(run.cycle, (began, sim.now()), entitled, &tally, error);
    let (state, limits) = (made.state.clone(), *sim.engine.limits.lock());
    run.change(|job| {
        job.deletions = Deletions::Guarded;
        finish(job, made, fault, &limits);
    });
    tracing::info!(job = run.job, %state, exported = tally.exported(), "provisioning cycle ended");
    let millis = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    Summary { cycle: run.cycle, state, tally, millis, requests: run.endpoint.record() }
}

fn execution(activity: Uuid, (began, ended): (Stamp, Stamp), entitled: u64, tally: &Tally, error: Option<String>) -> Execution {
    let state = match (&error, tally.failed) {
        (Some(_), _) => "Failed",
        (None, 1..) => "EntryLevelErrors",
        (None, 0) => "Succeeded",
    };
    Execution {
        activity,
        began,
        ended,
        entitled,
        imported: tally.imported,
        exported: tally.exported(),
        escrowed: tally.failed,
        state: state.to_owned(),
        error,
    }
}
