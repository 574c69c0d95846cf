//! How much is loaded, and where: the flags of `bench scim`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Where the stages before the last one are.
const STAGES: [usize; 3] = [0, 100_000, 1_000_000];
/// People for each group when the number of groups is not given: 20,000 groups for a million.
const PEOPLE_A_GROUP: usize = 50;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    pub people: usize,
    pub memberships: usize,
    pub groups: usize,
    pub connections: usize,
    pub samples: usize,
    /// Minutes after which no further group is filled.
    pub minutes: u64,
    pub folder: PathBuf,
    pub doorward: PathBuf,
}

impl Plan {
    /// Reads the flags.
    pub fn read(flags: &[&str]) -> Result<Self> {
        let programs = std::env::current_exe()?.parent().map(PathBuf::from).context("this program lies in no folder")?;
        let mut plan = Self {
            people: 100_000,
            memberships: 50,
            groups: 0,
            connections: 64,
            samples: 2_000,
            minutes: 20,
            folder: programs.join(format!("bench-scim-{}", std::process::id())),
            doorward: programs.join("doorward"),
        };
        let mut rest = flags;
        while let [flag, value, others @ ..] = rest {
            let number = || value.replace('_', "").parse::<usize>().with_context(|| format!("{flag} wants a number, not {value:?}"));
            match *flag {
                "--people" => plan.people = number()?,
                "--memberships" => plan.memberships = number()?,
                "--groups" => plan.groups = number()?,
                "--connections" => plan.connections = number()?,
                "--samples" => plan.samples = number()?,
                "--minutes" => plan.minutes = number()? as u64,
                "--folder" => plan.folder = PathBuf::from(value),
                "--doorward" => plan.doorward = PathBuf::from(value),
                other => bail!("there is no flag {other}"),
            }
            rest = others;
        }
        if let [flag] = rest {
            bail!("{flag} wants a value, or is no flag");
        }
        if plan.people == 0 || plan.connections == 0 || plan.samples == 0 {
            bail!("--people, --connections and --samples must be at least 1");
        }
        if plan.groups == 0 {
            plan.groups = (plan.people / PEOPLE_A_GROUP).max(plan.memberships);
        }
        if plan.groups < plan.memberships {
            bail!("{} people cannot each be in {} of {} groups", plan.people, plan.memberships, plan.groups);
        }
        Ok(plan)
    }

    /// How many people there are at each stage.
    pub fn stages(&self) -> Vec<usize> {
        STAGES.into_iter().filter(|stage| *stage < self.people).chain([self.people]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_lead_to_the_number_of_people() {
        for (people, stages) in [("1_000_000", vec![0, 100_000, 1_000_000]), ("100000", vec![0, 100_000]), ("5", vec![0, 5])] {
            let plan = Plan::read(&["--people", people, "--memberships", "2"]).unwrap();
            assert_eq!(plan.stages(), stages);
        }
        assert_eq!(Plan::read(&["--people", "1000000"]).unwrap().groups, 20_000);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for flags in [&["--people"][..], &["--people", "many"], &["--person", "1"], &["--connections", "0"], &["--groups", "3"]] {
            assert!(Plan::read(flags).is_err(), "{flags:?}");
        }
    }
}
