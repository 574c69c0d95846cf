//! Owns starting programs so that they end with the demo, however it ends.
//!
//! The demo starts itself once more as a launcher. That asks the kernel for SIGTERM when its parent dies, and then becomes
//! the program. So even after `kill -9` nothing keeps the ports.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command as Launched, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use tokio::process::Command;

/// First argument of a launcher; never typed by people.
const WORD: &str = "become";

/// A program with its arguments, to be started through the launcher.
pub fn command<A: AsRef<OsStr>>(launcher: &Path, program: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(launcher);
    command.arg(WORD).arg(std::process::id().to_string()).arg(program).args(arguments);
    // Ctrl-C in a terminal reaches the whole process group; the demo ends its programs itself, in order.
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    command
}

/// Whether these are the arguments of a launcher.
pub fn is_asked(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.nth(1).is_some_and(|word| word == WORD)
}

/// Becomes the program; returns only when that fails.
pub fn become_program(arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let mut arguments = arguments.skip(2);
    let parent = arguments.next().and_then(|id| id.to_str()?.parse().ok()).and_then(Pid::from_raw);
    let program = arguments.next().context("a launcher needs a program")?;
    set_parent_process_death_signal(Some(Signal::TERM)).context("cannot watch the demo")?;
    // It may have died before the kernel was asked.
    if parent.is_none() || getppid() != parent {
        bail!("the demo is gone");
    }
    Err(Launched::new(&program).args(arguments).exec()).with_context(|| format!("cannot start {}", program.display()))
}
