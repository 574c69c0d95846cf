//! Benchmarks: start the `doorward` that lies beside this program, drive it over HTTPS as its clients do, print what it took.

mod door;
mod line;
mod machine;
mod measure;
mod scim;

use std::process::ExitCode;

use scim::Plan;

const USAGE: &str = "\
usage: bench scim [flags]

  --people N         how many people are provisioned in the end (100000)
  --memberships N    groups that each of them is in (50)
  --groups N         how many groups there are (one for each 50 people)
  --connections N    keep-alive connections that load at the same time (64)
  --samples N        look-ups one after the other at each stage, of each kind (2000)
  --minutes N        after so many minutes no further group is filled (20)
  --folder PATH      where the server keeps its data, removed afterwards (beside the programs)
  --doorward PATH    the server to measure (the one beside this program)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["scim", flags @ ..] => Plan::read(flags).and_then(run),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: Plan) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?.block_on(scim::run(plan))
}
