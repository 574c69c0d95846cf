//! How long and how fast: the flags of `bench soak`.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};

const DOCUMENT: &str = "docs/reference/benchmarks.md";
/// Figures are taken so often, in a short run more often.
const WINDOW: Duration = Duration::from_secs(10);
/// Windows that there are at least.
const LEAST_WINDOWS: u64 = 12;
/// Full after two minutes: what grows from then on is something else.
const CACHE_MIB: u32 = 32;
/// Shortest pause that a flag may ask for, in seconds.
const LEAST_PAUSE: f64 = 0.001;
/// Runs shorter than this end while caches still fill, or begin to.
const SHORT: Duration = Duration::from_secs(300);

/// The flags.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seconds: u64,
    pub people: usize,
    /// Requests a second; 0: none.
    pub requests: u32,
    /// Uploads a second; 0: none.
    pub uploads: u32,
    /// WebSockets that are open.
    pub sockets: usize,
    /// From one revocation, and the sign-in after it, to the next.
    pub revoke_every: Option<Duration>,
    /// From one sign-in of somebody who is signed in already to the next.
    pub sign_in_every: Option<Duration>,
    /// From one policy edit to the next.
    pub edit_every: Option<Duration>,
    /// Mebibytes for pages of the database; 0: as shipped.
    pub cache_mib: u32,
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
            uploads: 1,
            sockets: 100,
            revoke_every: Some(Duration::from_secs(1)),
            sign_in_every: None,
            edit_every: Some(Duration::from_secs(5)),
            cache_mib: CACHE_MIB,
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
        if plan.seconds < LEAST_WINDOWS * 2 || plan.people < 2 {
            bail!("a soak takes {} seconds or more, and two people", LEAST_WINDOWS * 2);
        }
        if plan.document.is_some() && !plan.is_everyday() {
            bail!("only a soak in which everything happens is written into the document");
        }
        Ok(plan)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<()> {
        let number = || value.replace('_', "").parse::<u32>().with_context(|| format!("{flag} wants a number, not {value:?}"));
        let pause = || match value.parse::<f64>() {
            Ok(0.0) => Ok(None),
            Ok(seconds) if seconds >= LEAST_PAUSE => Ok(Some(Duration::from_secs_f64(seconds))),
            _ => bail!("{flag} wants seconds ({LEAST_PAUSE} or more; 0: never), not {value:?}"),
        };
        match flag {
            "--seconds" => self.seconds = number()?.into(),
            "--people" => self.people = number()? as usize,
            "--requests" => self.requests = number()?,
            "--uploads" => self.uploads = number()?,
            "--sockets" => self.sockets = number()? as usize,
            "--revoke-every" => self.revoke_every = pause()?,
            "--sign-in-every" => self.sign_in_every = pause()?,
            "--edit-every" => self.edit_every = pause()?,
            "--cache-mib" => self.cache_mib = number()?,
            "--folder" => self.folder = PathBuf::from(value),
            "--doorward" => self.doorward = PathBuf::from(value),
            "--entra-sim" => self.entra_sim = PathBuf::from(value),
            other => bail!("there is no flag {other}"),
        }
        Ok(())
    }

    /// Everything that belongs to a soak happens.
    fn is_everyday(&self) -> bool {
        self.requests > 0 && self.uploads > 0 && self.sockets > 0 && self.revoke_every.is_some() && self.edit_every.is_some()
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
        let still = Plan::read(&["--requests", "0", "--sockets", "0", "--edit-every", "0"]).unwrap();
        assert_eq!((still.requests, still.sockets, still.edit_every), (0, 0, None));
        for flags in [
            &["--seconds", "5"][..],
            &["--edit-every", "-1"],
            &["--edit-every", "1e-9"],
            &["--people", "1"],
            &["--fast", "1"],
            &["--requests"],
            &["--uploads", "0", "--write"],
        ] {
            assert!(Plan::read(flags).is_err(), "{flags:?}");
        }
    }
}
