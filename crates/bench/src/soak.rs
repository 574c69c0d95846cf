//! A long run under everyday load: does memory grow, do descriptors, do answers become slower, does anything fail?

mod deeds;
mod ledger;
mod people;
mod plan;
mod verdict;

use std::{
    fmt::Write as _,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{sync::Semaphore, task::JoinSet};

pub use self::plan::Plan;
use self::{
    deeds::Scene,
    ledger::Ledger,
    people::People,
    verdict::{Bounds, Verdict, Window},
};
use crate::{
    document, machine,
    measure::{Times, grouped, say},
    origin, wire,
    world::{Wish, World, kernel, new_folder, server::Run},
};

const MIB: f64 = 1_048_576.0;
/// What settles after the set-up.
const PAUSE: Duration = Duration::from_secs(1);
/// Requests at the same time, at most.
const AT_ONCE: usize = 24;
/// Rows of the table in the document.
const ROWS: usize = 12;

/// Runs and judges; an error when something grew or failed.
pub async fn run(plan: Plan) -> Result<()> {
    let machine = machine::told();
    say(&machine);
    let origins = origin::start(&[Ipv4Addr::LOCALHOST]).await?;
    let apps: Vec<(String, String)> = origins.iter().map(|origin| ("wiki".to_owned(), format!("http://{origin}"))).collect();
    let folder = new_folder(&plan.folder)?;
    let wish = Wish { doorward: &plan.doorward, entra_sim: &plan.entra_sim, folder: &folder, apps: &apps, people: plan.people };
    let mut world = World::build(&wish).await?;
    world.start(Run { cache_mib: plan.cache_mib, ..Run::default() }).await?;
    tokio::time::sleep(PAUSE).await;
    say(&format!("{} people signed in; {} s from now", plan.people, plan.seconds));
    let people = Arc::new(People::new(&world.people));
    let scene = Scene { world: Arc::new(world), people, ledger: Arc::default(), places: Arc::new(Semaphore::new(AT_ONCE)) };
    let windows = watched(&plan, &scene).await?;
    let verdict = verdict::judge(&windows, Bounds::of(plan.is_short()));
    let (faults, texts) = scene.ledger.faults();
    let text = report(&plan, &machine, &scene.ledger, &windows, &verdict);
    say(&text);
    if let Some(document) = &plan.document {
        document::put(document, "soak", &text)?;
        say(&format!("written into {}", document.display()));
    }
    if faults > 0 {
        bail!("{faults} things went wrong, the first ones:\n  {}", texts.join("\n  "));
    }
    if !verdict.faults.is_empty() {
        bail!("{}", verdict.faults.join("; "));
    }
    Ok(())
}

/// Lets everything go on until the time is over, and takes figures.
async fn watched(plan: &Plan, scene: &Scene) -> Result<Vec<Window>> {
    let mut deeds = JoinSet::new();
    if let Some(every) = Duration::from_secs(1).checked_div(plan.requests) {
        deeds.spawn(scene.clone().requests(every));
    }
    if let Some(every) = Duration::from_secs(1).checked_div(plan.uploads) {
        deeds.spawn(scene.clone().uploads(every));
    }
    if let Some(every) = plan.revoke_every {
        deeds.spawn(scene.clone().revocations(every));
    }
    if let Some(every) = plan.sign_in_every {
        deeds.spawn(scene.clone().sign_ins(every));
    }
    if let Some(every) = plan.edit_every {
        deeds.spawn(scene.clone().edits(every));
    }
    let tls = wire::connector(&scene.world.authority)?;
    for _ in 0..plan.sockets {
        deeds.spawn(scene.clone().socket(tls.clone()));
    }
    let (start, mut windows) = (Instant::now(), Vec::new());
    let mut ticks = tokio::time::interval(plan.window());
    ticks.tick().await;
    let mut busy = busy();
    while start.elapsed() + plan.window() / 2 < Duration::from_secs(plan.seconds) {
        ticks.tick().await;
        let now = self::busy();
        let window = window(scene, start, share(now - busy, plan.window()))?;
        busy = now;
        say(&line(&window, scene.ledger.faults().0));
        windows.push(window);
    }
    Ok(windows)
}

fn window(scene: &Scene, start: Instant, load: f64) -> Result<Window> {
    let family = scene.world.door()?.family();
    let (mut times, taken) = (Times::default(), scene.ledger.take_times());
    let requests = taken.len();
    taken.into_iter().for_each(|took| times.add(took));
    Ok(Window {
        at: start.elapsed().as_secs_f64(),
        resident: kernel::resident(&family),
        anonymous: kernel::anonymous(&family),
        descriptors: family.iter().map(|process| kernel::descriptors(*process)).sum(),
        requests,
        p50: times.percentile(0.5),
        p99: times.percentile(0.99),
        load,
    })
}

/// Seconds that all cores were busy since the machine started.
fn busy() -> f64 {
    (0..cores()).map(|number| kernel::core(number).busy).sum()
}

fn share(busy: f64, of: Duration) -> f64 {
    kernel::share(busy, of) / cores() as f64
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn line(window: &Window, faults: u64) -> String {
    format!(
        "{:>6.0} s  {:>6.1} MiB, {:>6.1} anonymous  {:>5} descriptors  {:>6} requests  p50 {:>7.2} ms  p99 {:>7.2} ms  machine {:>3.0} % busy  {faults} faults",
        window.at,
        window.resident as f64 / MIB,
        window.anonymous as f64 / MIB,
        window.descriptors,
        grouped(window.requests as u64),
        window.p50.as_secs_f64() * 1e3,
        window.p99.as_secs_f64() * 1e3,
        window.load * 100.0
    )
}

fn report(plan: &Plan, machine: &str, ledger: &Ledger, windows: &[Window], verdict: &Verdict) -> String {
    let mut out = format!(
        "{machine}. `store.cache_mib` is {}.\n\n{} s with {} people: {}; {} WebSockets open at a time. {} things went wrong.\n\n",
        if plan.cache_mib > 0 { plan.cache_mib.to_string() } else { "as shipped (192)".to_owned() },
        plan.seconds,
        plan.people,
        ledger.told(),
        plan.sockets,
        ledger.faults().0
    );
    out.push_str("| after | resident memory | of it anonymous | descriptors | p50 | p99 | machine busy |\n|---|---|---|---|---|---|---|\n");
    let step = windows.len().div_ceil(ROWS).max(1);
    // The last of each stretch, so that the last window is there.
    for window in windows.iter().skip((windows.len() + step - 1) % step).step_by(step) {
        let _ = writeln!(
            out,
            "| {:.0} s | {:.1} MiB | {:.1} MiB | {} | {:.2} ms | {:.2} ms | {:.0} % |",
            window.at,
            window.resident as f64 / MIB,
            window.anonymous as f64 / MIB,
            window.descriptors,
            window.p50.as_secs_f64() * 1e3,
            window.p99.as_secs_f64() * 1e3,
            window.load * 100.0
        );
    }
    out.push('\n');
    for line in &verdict.lines {
        let _ = writeln!(out, "* {line}");
    }
    out
}
