//! Benchmarks: build what is measured and what measures it, for release, and start the latter.

use std::{
    env,
    path::Path,
    process::{Command, ExitStatus},
};

use anyhow::Context as _;

use crate::dist::{self, Profile};

/// Builds and runs; `false` when the benchmark failed. `policy` measures one crate by itself, all others the whole program from outside.
pub fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let start = |arguments: &[&str]| -> anyhow::Result<ExitStatus> {
        Command::new(&cargo).args(arguments).current_dir(root).status().context("cannot start cargo")
    };
    // Whoever names a program of their own measures that one.
    let as_shipped = arguments.first() == Some(&"proxy") && !arguments.contains(&"--doorward");
    if let ["policy", rest @ ..] = arguments {
        let mut command = vec!["bench", "--locked", "--quiet", "--package", "policy", "--bench", "verdict", "--"];
        command.extend(rest);
        return Ok(start(&command)?.success());
    }
    let measured: &[&str] = if as_shipped { &[] } else { &["--package", "server"] };
    let build = [&["build", "--release", "--locked", "--package", "entra-sim", "--package", "bench", "--bins"], measured].concat();
    if !start(&build)?.success() {
        return Ok(false);
    }
    let shipped = if as_shipped { Some(dist::run(root, Profile::Kept)?) } else { None };
    let shipped = match shipped {
        Some(None) => return Ok(false),
        shipped => shipped.flatten(),
    };
    let mut command = vec!["run", "--release", "--locked", "--quiet", "--package", "bench", "--"];
    command.extend(arguments);
    let Some(shipped) = shipped else { return Ok(start(&command)?.success()) };
    let program = shipped.program.to_string_lossy();
    command.extend(["--doorward", &program, "--built", shipped.how]);
    Ok(start(&command)?.success())
}

/// Runs the fuzz targets for so many seconds each; `false` when one found something. Without this they are part of every test run, for a
/// moment.
pub fn fuzz(root: &Path, seconds: &str) -> anyhow::Result<bool> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let seconds: u64 = seconds.parse().context("`fuzz` wants a number of seconds")?;
    let mut command = Command::new(cargo);
    command.args(["test", "--locked"]);
    command.args(["oidc", "guard", "proxy", "server"].into_iter().flat_map(|room| ["--package", room]));
    command.args(["fuzz::", "--", "--nocapture"]);
    let status = command.env("DOORWARD_FUZZ_SECONDS", seconds.to_string()).current_dir(root).status().context("cannot start cargo")?;
    Ok(status.success())
}
