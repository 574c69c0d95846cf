//! How long and how fast: the flags of `bench soak`.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};

const DOCUMENT: &str = "docs/reference/benchmarks.md";
/// Figures are taken so often, in a short run more often.
const WINDOW: Duration = Duration::from_secs(10);
/// Windows that there are at least.
const LEAST_WINDOWS: u64 = 12;
/// Runs shorter than this end while caches still fill.
const SHORT: Duration = Duration::from_secs(300);

/// The flags.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seconds: u64,
    pub people: usize,
    /// Requests a second.
    pub requests: u32,
    /// WebSockets that are open.
    pub sockets: usize,
    /// Seconds from one revocation, and the sign-in after it, to the next.
    pub revoke_every: f64,
    /// Seconds from one policy edit to the next.
    pub edit_every: f64,
    pub document: Option<PathBuf>,
    pub folder: PathBuf,
    pub doorward: PathBuf,
    pub entra_sim: PathBuf,
}

impl Plan {
    /// Reads the flags.
    pub fn read(flags: &[&str]) -> Result<Self> {
        let programs = std::env::current_exe()?.parent().map(PathBuf::from).context("this program lies in no folder")?;
        let mut plan = Self {
            seconds: 3600,
            people: 100,
            requests: 200,
            sockets: 100,
            revoke_every: 1.0,
            edit_every: 5.0,
            document: None,
            folder: std::env::temp_dir().join(format!("bench-soak-{}", std::process::id())),
            doorward: programs.join("doorward"),
            entra_sim: programs.join("entra-sim"),
        };
        let mut rest = flags.iter();
        while let Some(flag) = rest.next() {
            match *flag {
                "--write" => plan.document = Some(PathBuf::from(DOCUMENT)),
                _ => plan.set(flag, rest.next().with_context(|| format!("{flag} wants a value, or is no flag"))?)?,
            }
        }
        if plan.seconds < LEAST_WINDOWS * 2 || plan.people < 2 || plan.requests == 0 || plan.sockets == 0 {
            bail!("a soak takes {} seconds or more, two people, requests and sockets", LEAST_WINDOWS * 2);
        }
        Ok(plan)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<()> {
        let number = || value.replace('_', "").parse::<u32>().with_context(|| format!("{flag} wants a number, not {value:?}"));
        let pause = || match value.parse::<f64>() {
            Ok(seconds) if seconds > 0.0 => Ok(seconds),
            _ => bail!("{flag} wants seconds, not {value:?}"),
        };
        match flag {
            "--seconds" => self.seconds = number()?.into(),
            "--people" => self.people = number()? as usize,
            "--requests" => self.requests = number()?,
            "--sockets" => self.sockets = number()? as usize,
            "--revoke-every" => self.revoke_every = pause()?,
            "--edit-every" => self.edit_every = pause()?,
            "--folder" => self.folder = PathBuf::from(value),
            "--doorward" => self.doorward = PathBuf::from(value),
            "--entra-sim" => self.entra_sim = PathBuf::from(value),
            other => bail!("there is no flag {other}"),
        }
        Ok(())
    }

    pub fn window(&self) -> Duration {
        WINDOW.min(Duration::from_secs(self.seconds / LEAST_WINDOWS))
    }

    pub fn is_short(&self) -> bool {
        Duration::from_secs(self.seconds) < SHORT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_what_cannot_be_meant_is_refused() {
        let plan = Plan::read(&["--seconds", "60", "--revoke-every", "0.5"]).unwrap();
        assert_eq!((plan.window(), plan.is_short()), (Duration::from_secs(5), true));
        assert_eq!(Plan::read(&[]).unwrap().window(), WINDOW);
        for flags in [&["--seconds", "5"][..], &["--edit-every", "0"], &["--people", "1"], &["--fast", "1"], &["--requests"]] {
            assert!(Plan::read(flags).is_err(), "{flags:?}");
        }
    }
}
