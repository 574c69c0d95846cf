//! How many sockets, of how many people: the flags of `bench sockets`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const DOCUMENT: &str = "docs/reference/benchmarks.md";

/// The flags.
#[derive(Debug, Clone)]
pub struct Plan {
    pub sockets: usize,
    pub people: usize,
    pub revoked: usize,
    pub workers: usize,
    /// Sockets without TLS, as from a load balancer that ended it.
    pub plain: bool,
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
            sockets: 50_000,
            people: 2_000,
            revoked: 100,
            workers: 0,
            plain: false,
            document: None,
            folder: std::env::temp_dir().join(format!("bench-sockets-{}", std::process::id())),
            doorward: programs.join("doorward"),
            entra_sim: programs.join("entra-sim"),
        };
        let mut rest = flags.iter();
        while let Some(flag) = rest.next() {
            match *flag {
                "--write" => plan.document = Some(PathBuf::from(DOCUMENT)),
                "--plain" => plan.plain = true,
                _ => plan.set(flag, rest.next().with_context(|| format!("{flag} wants a value, or is no flag"))?)?,
            }
        }
        if plan.sockets == 0 || plan.revoked == 0 || plan.revoked * 2 > plan.people {
            bail!("there must be sockets, somebody to revoke, and at least twice as many people");
        }
        Ok(plan)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<()> {
        let number = || value.replace('_', "").parse::<usize>().with_context(|| format!("{flag} wants a number, not {value:?}"));
        match flag {
            "--sockets" => self.sockets = number()?,
            "--people" => self.people = number()?,
            "--revoked" => self.revoked = number()?,
            "--workers" => self.workers = number()?,
            "--folder" => self.folder = PathBuf::from(value),
            "--doorward" => self.doorward = PathBuf::from(value),
            "--entra-sim" => self.entra_sim = PathBuf::from(value),
            other => bail!("there is no flag {other}"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_what_cannot_be_meant_is_refused() {
        let plan = Plan::read(&["--sockets", "1_000", "--plain", "--people", "40", "--revoked", "20"]).unwrap();
        assert_eq!((plan.sockets, plan.people, plan.revoked, plan.plain), (1_000, 40, 20, true));
        for flags in [&["--sockets"][..], &["--sockets", "0"], &["--people", "100"], &["--fast", "1"]] {
            assert!(Plan::read(flags).is_err(), "{flags:?}");
        }
    }
}
