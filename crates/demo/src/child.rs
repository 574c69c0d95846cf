//! Owns a program started by the demo: its log, noticing its death, and ending it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child as Process, Command};
use tokio::time::timeout;

/// How long a program may take to stop.
const PATIENCE: Duration = Duration::from_secs(20);
/// Lines of a log shown when its program died.
const TAIL: usize = 15;

/// A running program.
pub struct Child {
    name: &'static str,
    process: Process,
    log: PathBuf,
}

impl Child {
    /// Starts a program that writes to a log of its own.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let also = file.try_clone().with_context(|| format!("cannot write {}", log.display()))?;
        let process = command.stdout(file).stderr(also).spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, process, log: log.to_owned() })
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Waits until it dies by itself, and says how.
    pub async fn death(&mut self) -> anyhow::Error {
        match self.process.wait().await {
            Ok(status) => anyhow!("{} stopped by itself ({})\n{}", self.name, how(status), tail(&self.log)),
            Err(error) => anyhow!(error).context(format!("cannot watch {}", self.name)),
        }
    }

    /// Asks it to stop, and ends it when it takes too long.
    pub async fn stop(mut self) -> Result<()> {
        let Some(pid) = self.process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) else {
            return Ok(());
        };
        kill_process(pid, Signal::TERM).with_context(|| format!("cannot stop {}", self.name))?;
        match timeout(PATIENCE, self.process.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => bail!("{} did not stop cleanly ({})\n{}", self.name, how(status), tail(&self.log)),
            Ok(Err(error)) => Err(error).with_context(|| format!("cannot watch {}", self.name)),
            Err(_) => {
                self.process.kill().await.with_context(|| format!("cannot end {}", self.name))?;
                bail!("{} did not stop within {} s and was killed\n{}", self.name, PATIENCE.as_secs(), tail(&self.log))
            }
        }
    }
}

/// Runs a program to its end and returns what it printed.
pub async fn run(name: &str, mut command: Command) -> Result<String> {
    let done = timeout(Duration::from_secs(60), command.stdout(Stdio::piped()).stderr(Stdio::piped()).output())
        .await
        .map_err(|_| anyhow!("{name} did not end within 60 s"))?
        .with_context(|| format!("cannot start {name}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if !done.status.success() {
        bail!("{name} failed ({}): {}\n{}", how(done.status), text(&done.stderr), text(&done.stdout));
    }
    Ok(text(&done.stdout))
}

fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    format!("last lines of {}:\n  {}", log.display(), lines[from..].join("\n  "))
}
