//! What is measured and how often: the flags of `bench proxy`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::cases::{CASES, Case};

/// The table's home, from the top of the repository.
const DOCUMENT: &str = "docs/reference/benchmarks.md";

/// The flags.
#[derive(Debug, Clone)]
pub struct Plan {
    pub rounds: usize,
    pub secs: u64,
    pub only: Vec<String>,
    /// Whether the table goes into the document, too.
    pub document: Option<PathBuf>,
    /// Everything is started and stays, nothing is measured.
    pub hold: bool,
    /// doorward alone is loaded, once with each case, for a profile that it writes by itself.
    pub train: bool,
    /// How doorward was built, for the table.
    pub built: Option<String>,
    pub connections: usize,
    pub people: usize,
    pub idle: usize,
    /// For each second of load.
    pub cold_tokens: usize,
    /// A round is made again while other processes take more of a core than this.
    pub most_foreign: f64,
    pub retries: usize,
    pub proxy_core: usize,
    pub load_core: usize,
    pub folder: PathBuf,
    pub doorward: PathBuf,
    pub entra_sim: PathBuf,
}

impl Plan {
    /// Reads the flags.
    pub fn read(flags: &[&str]) -> Result<Self> {
        let programs = std::env::current_exe()?.parent().map(PathBuf::from).context("this program lies in no folder")?;
        let mut plan = Self {
            rounds: 6,
            secs: 2,
            only: Vec::new(),
            document: None,
            hold: false,
            train: false,
            built: None,
            connections: 64,
            people: 200,
            idle: 1000,
            cold_tokens: 50_000,
            most_foreign: 0.12,
            retries: 2,
            proxy_core: 0,
            load_core: 1,
            folder: std::env::temp_dir().join(format!("bench-proxy-{}", std::process::id())),
            doorward: programs.join("doorward"),
            entra_sim: programs.join("entra-sim"),
        };
        let mut rest = flags.iter();
        while let Some(flag) = rest.next() {
            match *flag {
                "--write" => plan.document = Some(PathBuf::from(DOCUMENT)),
                "--hold" => plan.hold = true,
                "--train" => plan.train = true,
                _ => plan.set(flag, rest.next().with_context(|| format!("{flag} wants a value, or is no flag"))?)?,
            }
        }
        if plan.rounds == 0 || plan.secs == 0 || plan.connections == 0 || plan.people == 0 || plan.idle == 0 || plan.cold_tokens == 0 {
            bail!("--rounds, --secs, --connections, --people, --idle and --cold-tokens must be at least 1");
        }
        if plan.cases().is_empty() {
            let all: Vec<&str> = CASES.iter().map(|case| case.id).collect();
            bail!("--only names no case; there are {}", all.join(", "));
        }
        Ok(plan)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<()> {
        let number = || value.replace('_', "").parse::<usize>().with_context(|| format!("{flag} wants a number, not {value:?}"));
        match flag {
            "--rounds" => self.rounds = number()?,
            "--secs" => self.secs = number()? as u64,
            "--only" => self.only = value.split(',').map(str::to_owned).collect(),
            "--connections" => self.connections = number()?,
            "--people" => self.people = number()?,
            "--idle" => self.idle = number()?,
            "--cold-tokens" => self.cold_tokens = number()?,
            "--retries" => self.retries = number()?,
            "--proxy-core" => self.proxy_core = number()?,
            "--load-core" => self.load_core = number()?,
            "--max-foreign" => self.most_foreign = value.parse().with_context(|| format!("{flag} wants a share, not {value:?}"))?,
            "--folder" => self.folder = PathBuf::from(value),
            "--built" => self.built = Some(value.to_owned()),
            "--doorward" => self.doorward = PathBuf::from(value),
            "--entra-sim" => self.entra_sim = PathBuf::from(value),
            other => bail!("there is no flag {other}"),
        }
        Ok(())
    }

    /// The cases that are wanted.
    pub fn cases(&self) -> Vec<&'static Case> {
        CASES.iter().filter(|case| self.only.is_empty() || self.only.iter().any(|id| id == case.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_what_cannot_be_meant_is_refused() {
        let plan = Plan::read(&["--rounds", "3", "--write", "--only", "warm,h2", "--built", "by hand"]).unwrap();
        assert_eq!((plan.built.as_deref(), plan.train), (Some("by hand"), false));
        assert_eq!((plan.rounds, plan.cases().len(), plan.document.is_some()), (3, 2, true));
        assert_eq!(Plan::read(&[]).unwrap().cases().len(), CASES.len());
        for flags in [&["--rounds"][..], &["--rounds", "0"], &["--only", "nothing"], &["--quick", "1"], &["--max-foreign", "much"]] {
            assert!(Plan::read(flags).is_err(), "{flags:?}");
        }
    }
}
