//! `cargo xtask`: the checks that keep the house in order and the benchmarks, one sub-command each.

mod arrows;
mod benchmarks;
mod deny;
mod dist;
mod fault;
mod tidy;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use dist::Profile;

const USAGE: &str = "\
usage: cargo xtask <command>

  tidy     line ceiling, headers, names, manifests, migrations, stray paths: every fault at once
  arrows   who may import whom, read from ARCHITECTURE.md and checked against the workspace; prints the graph
  deny     licences, bans and sources of the outside crates, offline
  check    all of the above
  fuzz     mutates what strangers send (hosts, paths, cookies, tokens …) for so many seconds each: `fuzz 60`
  dist     builds doorward as it is shipped, target/dist/doorward: with a profile of the benchmark's loads; `dist --keep` takes the last one
  bench    builds for release and measures: `bench policy`, `bench scim`, `bench proxy`, `bench sockets`; `bench` for the flags
  soak     builds for release and lets everyday load go on: `soak --seconds 3600`; fails when something grows, slows down or breaks";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs one command; `false` means that it found faults.
fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    let root = root()?;
    match arguments {
        ["tidy"] => tidy::run(&root),
        ["arrows"] => arrows::run(&root),
        ["deny"] => deny::run(&root),
        ["check"] => {
            let (tidy, arrows, deny) = (tidy::run(&root)?, arrows::run(&root)?, deny::run(&root)?);
            Ok(tidy && arrows && deny)
        }
        ["fuzz", seconds] => benchmarks::fuzz(&root, seconds),
        ["dist"] => dist::run(&root, Profile::Anew).map(|built| built.is_some()),
        ["dist", "--keep"] => dist::run(&root, Profile::Kept).map(|built| built.is_some()),
        ["bench", rest @ ..] => benchmarks::run(&root, rest),
        ["soak", rest @ ..] => benchmarks::run(&root, &[&["soak"], rest].concat()),
        [] | ["help" | "--help" | "-h"] => {
            eprintln!("{USAGE}");
            Ok(true)
        }
        other => anyhow::bail!("unknown command `{}`\n{USAGE}", other.join(" ")),
    }
}

/// The top of the repository: the parent of this crate's folder.
fn root() -> anyhow::Result<PathBuf> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").context("CARGO_MANIFEST_DIR is not set: start this through `cargo xtask`")?;
    let root = PathBuf::from(own).parent().map(PathBuf::from).context("the crate's folder has no parent")?;
    Ok(root)
}
