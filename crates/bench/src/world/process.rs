//! A program under watch: started on a core of its own where wanted, ended when this goes.

use std::{
    ffi::OsStr,
    fs::{self, OpenOptions},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::kernel;

/// How long a program may take until it listens, or until it ends.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines of a log that are shown when its program died.
const TAIL: usize = 20;

/// A running program.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// How a program is started.
pub struct Start<'a> {
    pub name: &'a str,
    pub program: &'a Path,
    /// The core it stays on.
    pub core: Option<usize>,
    /// Its output.
    pub log: PathBuf,
    pub environment: &'a [(&'a str, &'a str)],
}

impl Start<'_> {
    /// Starts it with these arguments.
    pub fn with<A: AsRef<OsStr>>(self, arguments: &[A]) -> Result<Process> {
        let mut command = match self.core {
            None => Command::new(self.program),
            Some(core) => {
                // Replaces itself by the program, so that the process is the program's.
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(self.program);
                command
            }
        };
        let file = OpenOptions::new().create(true).append(true).open(&self.log)?;
        command.args(arguments).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        command.envs(self.environment.iter().copied());
        let child = command.spawn().with_context(|| format!("cannot start {}", self.name))?;
        Ok(Process { name: self.name.to_owned(), child, log: self.log })
    }
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// It and all that it started.
    pub fn family(&self) -> Vec<u32> {
        kernel::family(self.id())
    }

    /// An error with the end of its log when it has ended.
    pub fn must_run(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}\n{}", self.name, tail(&self.log)),
        }
    }

    /// Waits until somebody listens at an address.
    pub async fn listens(&mut self, address: SocketAddr) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            self.must_run()?;
            if Instant::now() > end {
                bail!("{} does not listen on {address} after {} s\n{}", self.name, PATIENCE.as_secs(), tail(&self.log));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Asks it to end, and waits. One that dies of that, or ends in trouble, did not do everything that belongs to its end.
    pub async fn stop(mut self) -> Result<()> {
        let process = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw).context("no process id")?;
        self.must_run()?;
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if Instant::now() > end {
                bail!("{} did not stop within {} s\n{}", self.name, PATIENCE.as_secs(), tail(&self.log));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        if !status.success() {
            bail!("{} was asked to end, and ended with {status}\n{}", self.name, tail(&self.log));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // After an error, or a program that keeps nothing.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
