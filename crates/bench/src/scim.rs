//! `bench scim`: bulk load and steady state of provisioning, stage by stage.

mod load;
mod look_up;
mod patch;
mod people;
mod plan;

use std::time::Instant;

use anyhow::{Context, Result};
use http::Method;

pub use plan::Plan;

use crate::{
    door::{Door, Endpoint},
    machine,
    measure::{grouped, say, short, size},
};

/// Ids of what was created, by number.
#[derive(Default)]
pub struct Ids {
    pub people: Vec<String>,
    pub groups: Vec<String>,
}

/// Runs the whole benchmark.
pub async fn run(plan: Plan) -> Result<()> {
    say(&format!("Machine: {}", machine::told()));
    say(&format!(
        "{} people in {} of {} groups each, loaded over {} connections\n",
        grouped(plan.people as u64),
        plan.memberships,
        grouped(plan.groups as u64),
        plan.connections
    ));
    let mut door = Door::set_up(&plan.doorward, &plan.folder)?;
    let server = door.start().await?;
    let endpoint = door.provider(&server).await?;
    let mut ids = Ids::default();
    for stage in plan.stages() {
        if stage > 0 {
            let start = Instant::now();
            let first = ids.people.len();
            ids.people.extend(load::people(&endpoint, plan.connections, first..stage).await?);
            loaded("creates of people", stage - first, start);
        }
        say(&format!("--- {} people", grouped(stage as u64)));
        measured(&plan, &door, &endpoint, &ids).await?;
    }
    if plan.memberships > 0 {
        let put = memberships(&plan, &endpoint, &mut ids).await?;
        say(&format!("--- {} people with {} memberships", grouped(plan.people as u64), grouped(put as u64)));
        measured(&plan, &door, &endpoint, &ids).await?;
    }
    restarted(&mut door, &endpoint, &ids).await
}

async fn memberships(plan: &Plan, endpoint: &Endpoint, ids: &mut Ids) -> Result<usize> {
    let start = Instant::now();
    ids.groups = load::groups(endpoint, plan.connections, 0..plan.groups).await?;
    loaded("creates of groups", plan.groups, start);
    let start = Instant::now();
    let put = load::memberships(endpoint, plan, ids).await?;
    loaded("memberships by PATCH", put, start);
    Ok(put)
}

fn loaded(what: &str, count: usize, start: Instant) {
    let rate = grouped((count as f64 / start.elapsed().as_secs_f64()).round() as u64);
    say(&format!("{:<36}{} in {}: {rate} a second", what, grouped(count as u64), short(start.elapsed())));
}

/// Look-ups, PATCHes, memory and disk as things stand.
async fn measured(plan: &Plan, door: &Door, endpoint: &Endpoint, ids: &Ids) -> Result<()> {
    look_up::report(plan, endpoint, ids).await?;
    patch::report(endpoint, ids).await?;
    let takes = door.takes()?;
    say(&format!("{:<36}{} now, {} at most", "resident memory", size(takes.resident), size(takes.resident_peak)));
    say(&format!("{:<36}{}\n", "database and log on disk", size(takes.disk)));
    Ok(())
}

/// Ends the server and starts it on what it has.
async fn restarted(door: &mut Door, endpoint: &Endpoint, ids: &Ids) -> Result<()> {
    let start = Instant::now();
    door.stop()?;
    let stopped = start.elapsed();
    let disk_start = Instant::now();
    let server = door.start().await?;
    let mut line = server.connect(&endpoint.secret).await?;
    let id = ids.people.last().context("nobody was created")?;
    line.expect(200, Method::GET, &format!("{}/Users/{id}", endpoint.base), "").await?;
    say(&format!("{:<36}{} to stop, {} until a person is read", "restart", short(stopped), short(disk_start.elapsed())));
    let takes = door.takes()?;
    say(&format!("{:<36}{} of memory, {} on disk", "after it", size(takes.resident), size(takes.disk)));
    door.stop()
}
