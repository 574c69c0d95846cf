//! Benchmarks: start the `doorward` that lies beside this program, drive it over HTTPS as its clients do, print what it took.

mod document;
mod door;
mod frames;
mod line;
mod machine;
mod measure;
mod origin;
mod proxy;
mod scim;
mod soak;
mod sockets;
mod wire;
mod world;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
usage: bench scim [flags]

  --people N         how many people are provisioned in the end (100000)
  --memberships N    groups that each of them is in (50)
  --groups N         how many groups there are (one for each 50 people)
  --connections N    keep-alive connections that load at the same time (64)
  --samples N        look-ups one after the other at each stage, of each kind (2000)
  --minutes N        after so many minutes no further group is filled (20)

usage: bench proxy [flags]: doorward beside nginx and haproxy

  --rounds N         rounds of each case, the proxies in alternating order (6)
  --secs N           seconds of each load (2)
  --only A,B         cases: warm, people, cold, tls, handshakes, h2, 64k, idle, idle-tls
  --write            put the table into docs/reference/benchmarks.md
  --hold             start everything, print the commands of the loads and stay
  --train            load doorward alone, each case for --secs: what a profile is taken of (`cargo xtask dist`)
  --built TEXT       how doorward was built, for the table
  --connections N    kept connections (64)
  --people N         people who sign in (200)
  --idle N           waiting connections (1000)
  --cold-tokens N    tokens for each second of the cold case, each sent to doorward once (50000)
  --max-foreign X    a round is made again when others take more of a core (0.12)
  --retries N        at most so many times (2)
  --proxy-core N --load-core N (0 and 1)

usage: bench sockets [flags]: open WebSockets, and revocations among them

  --sockets N        as many as the machine allows, up to this (50000)
  --people N         whose they are (2000)
  --revoked N        whose sessions are revoked (100)
  --plain            without TLS, as from a load balancer that ended it
  --workers N        threads of doorward that serve (one a core)
  --write            put the table into docs/reference/benchmarks.md

usage: bench soak [flags]: everyday load for a long time; fails when memory or descriptors grow, answers slow down or anything fails

  --seconds N        how long (3600)
  --people N         who comes (100)
  --requests N       requests a second (200)
  --uploads N        uploads a second (1)
  --sockets N        open WebSockets (100)
  --revoke-every X   seconds from one revocation, with the sign-in after it, to the next (1)
  --sign-in-every X  seconds from one sign-in without a revocation to the next (0)
  --edit-every X     seconds from one policy edit to the next (5)
                     each of them may be 0, for none: what makes memory grow?
  --cache-mib N      memory for pages of the database (32, which is full after two minutes; 0: as shipped)
  --write            put the figures into docs/reference/benchmarks.md

all:
  --folder PATH      where the server keeps its data, removed afterwards
  --doorward PATH    the server to measure (the one beside this program)
  --entra-sim PATH   the simulator (the one beside this program)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["scim", flags @ ..] => scim::Plan::read(flags).and_then(|plan| run(scim::run(plan))),
        ["proxy", flags @ ..] => proxy::Plan::read(flags).and_then(|plan| run(proxy::run(plan))),
        ["sockets", flags @ ..] => sockets::Plan::read(flags).and_then(|plan| run(sockets::run(plan))),
        ["soak", flags @ ..] => soak::Plan::read(flags).and_then(|plan| run(soak::run(plan))),
        _ => Err(anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs to the end, or to a signal: what was started is ended either way.
fn run(bench: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            done = bench => done,
            _ = terminate.recv() => Err(anyhow!("ended by a signal")),
            _ = interrupt.recv() => Err(anyhow!("ended by a signal")),
        }
    })
}
