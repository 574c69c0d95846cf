//! As many open WebSockets as the machine allows: how fast those of revoked people end, and what the others notice.

pub mod client;
mod crowd;
mod limits;
mod plan;

use std::{
    collections::HashSet,
    fmt::Write as _,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

pub use self::plan::Plan;
use self::{client::Target, crowd::Crowd, limits::Room};
use crate::{
    document, machine,
    measure::{grouped, say},
    origin, wire,
    world::{Wish, World, kernel, new_folder, server::Run},
};

/// Goal of the 99th percentile, from the answer to the revocation to the end of a socket.
const GOAL: Duration = Duration::from_secs(1);
/// Longest wait for an end.
const PATIENCE: Duration = Duration::from_secs(60);
/// After this time without an end, no further one is expected.
const QUIET: Duration = Duration::from_secs(3);
/// Sockets that are pinged to see that they were left alone.
const SAMPLE: usize = 1000;
/// What settles after a burst of connections.
const PAUSE: Duration = Duration::from_secs(2);

/// How a step went.
struct Step {
    name: String,
    sockets: usize,
    /// Seconds from the answer to the end; negative where the socket ended first.
    took: Vec<f64>,
    calls: Vec<Duration>,
    /// Processor seconds of doorward.
    cpu: f64,
    ping: Duration,
}

/// Measures; an error when the goal is missed.
pub async fn run(plan: Plan) -> Result<()> {
    let room = limits::room(plan.sockets)?;
    let machine = machine::told();
    say(&machine);
    say(&format!("{} WebSockets: {} descriptors for each process", grouped(room.sockets as u64), grouped(room.descriptors)));
    let origins = origin::start(&room.origins).await?;
    let apps: Vec<(String, String)> =
        origins.iter().enumerate().map(|(at, origin)| (format!("quay{}", at + 1), format!("http://{origin}"))).collect();
    let folder = new_folder(&plan.folder)?;
    let wish = Wish { doorward: &plan.doorward, entra_sim: &plan.entra_sim, folder: &folder, apps: &apps, people: plan.people };
    let started = Instant::now();
    let mut world = World::build(&wish).await?;
    say(&format!("{} people signed in within {:.0} s", grouped(plan.people as u64), started.elapsed().as_secs_f64()));
    world.start(Run { workers: plan.workers, ..Run::default() }).await?;
    let mut run = Opened::all(&plan, &world, &room).await?;
    let steps = [run.revoke(&plan).await?, run.harmless_edit().await?, run.withdrawal().await?];
    let text = report(&plan, &room, &machine, &run, &steps);
    say(&text);
    if let Some(document) = &plan.document {
        document::put(document, "bench sockets", &text)?;
        say(&format!("written into {}", document.display()));
    }
    let reached = percentile(&steps[0].took, 0.99);
    if reached > GOAL.as_secs_f64() {
        bail!("the goal is missed: {} ms at the 99th percentile, {:.0} ms reached", GOAL.as_millis(), reached * 1e3);
    }
    Ok(())
}

/// A run with its sockets open.
struct Opened<'a> {
    world: &'a World,
    crowd: Crowd,
    /// Seconds that the opening took, bytes of doorward for each socket, processor seconds of doorward for it.
    opening: (f64, f64, f64),
}

impl<'a> Opened<'a> {
    async fn all(plan: &Plan, world: &'a World, room: &Room) -> Result<Self> {
        let tls = if plan.plain { None } else { Some(wire::connector(&world.authority)?) };
        let port = world.server.port();
        let target = |person: &crate::world::Person| Target {
            from: Ipv4Addr::LOCALHOST,
            to: if plan.plain { world.server.plain } else { world.server.listen },
            tls: tls.clone(),
            host: format!("{}:{port}", world.apps[person.app].host),
            token: person.token.clone(),
        };
        let targets: Vec<Target> = world.people.iter().map(target).collect();
        // What comes with the first connections is not counted for each.
        let warm = Crowd::open(&targets, &room.clients, 64.min(targets.len())).await?;
        tokio::time::sleep(PAUSE).await;
        let processes = world.door()?.family();
        let (before, used) = (kernel::resident(&processes), kernel::used(&processes).total());
        let start = Instant::now();
        let crowd = Crowd::open(&targets, &room.clients, room.sockets.saturating_sub(64)).await?;
        let took = start.elapsed().as_secs_f64();
        tokio::time::sleep(PAUSE).await;
        let each = (kernel::resident(&processes) as f64 - before as f64) / crowd.owners.len() as f64;
        let cpu = kernel::used(&processes).total() - used;
        drop(warm);
        say(&format!("all open after {took:.0} s; {:.1} KiB of memory for each", each / 1024.0));
        Ok(Self { world, crowd, opening: (took, each, cpu) })
    }

    fn used(&self) -> Result<f64> {
        Ok(kernel::used(&self.world.door()?.family()).total())
    }

    /// Pings a sample of those that should have stayed; an error when one of them did not, or one that should have ended did not.
    async fn others(&mut self, gone: &HashSet<usize>, code: u16) -> Result<Duration> {
        self.crowd.settle(QUIET).await;
        let innocent = self.crowd.ended.keys().filter(|socket| !gone.contains(*socket)).count();
        if innocent > 0 {
            bail!("{innocent} sockets ended that should have stayed");
        }
        if let Some((socket, ending)) = self.crowd.ended.iter().find(|(_, ending)| ending.code != Some(code)) {
            bail!("socket {socket} ended with {:?} instead of {code}", ending.code);
        }
        let alive = self.crowd.alive();
        let step = (alive.len() / SAMPLE).max(1);
        let sample: Vec<usize> = alive.into_iter().step_by(step).collect();
        self.crowd.ping(&sample).await
    }

    /// One person after the other, through the API.
    async fn revoke(&mut self, plan: &Plan) -> Result<Step> {
        let (mut gone, mut took, mut calls) = (HashSet::new(), Vec::new(), Vec::new());
        let used = self.used()?;
        let every = self.world.people.len() / plan.revoked;
        let mut answers = Vec::new();
        for person in (0..plan.revoked).map(|n| n * every) {
            let start = Instant::now();
            self.world.api.revoke(&self.world.people[person].email).await?;
            calls.push(start.elapsed());
            answers.push((person, Instant::now()));
        }
        for (person, answered) in answers {
            let own: Vec<usize> = (0..self.crowd.owners.len()).filter(|socket| self.crowd.owners[*socket] == person).collect();
            took.extend(self.ends(&own, answered).await?);
            gone.extend(own);
        }
        let cpu = self.used()? - used;
        let ping = self.others(&gone, 1008).await?;
        Ok(Step { name: format!("the sessions of {} people revoked", plan.revoked), sockets: gone.len(), took, calls, cpu, ping })
    }

    /// Seconds from a moment to the end of each of these.
    async fn ends(&mut self, sockets: &[usize], from: Instant) -> Result<Vec<f64>> {
        let left = self.crowd.await_ends(sockets, PATIENCE).await;
        if left > 0 {
            bail!("{left} sockets were still open after {} s", PATIENCE.as_secs());
        }
        let seconds = |at: Instant| if at > from { (at - from).as_secs_f64() } else { -(from - at).as_secs_f64() };
        Ok(sockets.iter().filter_map(|socket| self.crowd.ended.get(socket)).map(|ending| seconds(ending.at)).collect())
    }

    /// A policy goes without which nobody is refused: everybody of the application is judged again, all stay.
    async fn harmless_edit(&mut self) -> Result<Step> {
        let gone: HashSet<usize> = self.crowd.ended.keys().copied().collect();
        let (calls, used, _) = self.remove_policy(4).await?;
        let ping = self.others(&gone, 1008).await?;
        let (name, cpu) = ("a policy edit that changes nobody's verdict".to_owned(), self.used()? - used);
        Ok(Step { name, sockets: 0, took: Vec::new(), calls: vec![calls], cpu, ping })
    }

    /// After the next one, a quarter of the application's people is admitted by no policy.
    async fn withdrawal(&mut self) -> Result<Step> {
        let mut gone: HashSet<usize> = self.crowd.ended.keys().copied().collect();
        let out = |socket: &usize| {
            let person = self.crowd.owners[*socket];
            // Neighbours are in the same five of twenty groups, every fourth person in the last five.
            self.world.people[person].app == 0 && person % 4 == 3 && !gone.contains(socket)
        };
        let own: Vec<usize> = (0..self.crowd.owners.len()).filter(out).collect();
        gone.extend(&own);
        let (call, used, answered) = self.remove_policy(5).await?;
        let took = self.ends(&own, answered).await?;
        let cpu = self.used()? - used;
        let ping = self.others(&gone, 1008).await?;
        Ok(Step {
            name: "a policy edit that a quarter no longer passes".to_owned(),
            sockets: own.len(),
            took,
            calls: vec![call],
            cpu,
            ping,
        })
    }

    async fn remove_policy(&self, at: usize) -> Result<(Duration, f64, Instant)> {
        let app = &self.world.apps[0];
        let path = format!("access/apps/{}/policies/{}", app.id, app.policies[at]);
        let (start, used) = (Instant::now(), self.used()?);
        self.world.api.ask(reqwest::Method::DELETE, &path, &serde_json::Value::Null).await?;
        Ok((start.elapsed(), used, Instant::now()))
    }
}

fn report(plan: &Plan, room: &Room, machine: &str, run: &Opened<'_>, steps: &[Step]) -> String {
    let (took, each, cpu) = run.opening;
    let mut out = format!(
        "{machine}.\n\n{} WebSockets {}, of {} people ({} wanted; {} descriptors for a process, of which doorward needs two for each), from {} loopback addresses to {}; {} were refused. \
         Opened within {took:.0} s with {cpu:.1} s of processor time; {:.1} KiB of doorward's memory for each.\n\n",
        grouped(run.crowd.owners.len() as u64),
        if plan.plain { "without TLS" } else { "over TLS" },
        grouped(run.world.people.len() as u64),
        grouped(plan.sockets as u64),
        grouped(room.descriptors),
        room.clients.len(),
        room.origins.len(),
        run.crowd.refused,
        each / 1024.0
    );
    out.push_str("| | sockets ended | after the answer: p50 | p99 | worst | the call itself, median | processor time of doorward | slowest of 1,000 pings to others, 3 s later |\n|---|---|---|---|---|---|---|---|\n");
    for step in steps {
        let mut calls: Vec<f64> = step.calls.iter().map(Duration::as_secs_f64).collect();
        calls.sort_by(f64::total_cmp);
        let at =
            |share: f64| if step.took.is_empty() { "–".to_owned() } else { format!("{:.1} ms", percentile(&step.took, share) * 1e3) };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {:.1} ms | {:.2} s | {:.0} ms |",
            step.name,
            grouped(step.sockets as u64),
            at(0.5),
            at(0.99),
            at(1.0),
            calls.get(calls.len() / 2).copied().unwrap_or_default() * 1e3,
            step.cpu,
            step.ping.as_secs_f64() * 1e3
        );
    }
    let _ = writeln!(out, "| goal of the first row | | | ≤ {} ms | | | | all answered |", GOAL.as_millis());
    out.push_str(
        "\nNegative: the socket ended before the answer was read. Every end was a close frame with 1008, and no other socket ended.\n",
    );
    out
}

/// The value that this share did not exceed.
fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or_default()
}
