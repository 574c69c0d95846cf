//! Owns the command line of the demo.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Parser;

/// The base that people know; its ports are in the guide.
const PORT_BASE: u16 = 8440;

/// Starts doorward, the Entra simulator and sample origins on loopback, ready to try.
#[derive(Debug, Clone, Parser)]
#[command(name = "doorward-demo", version, args_override_self = true)]
pub struct Arguments {
    /// Folder that keeps everything between two starts; target/demo when left out, with the port base in its name if that is given.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// Folder in which the state folders lie.
    #[arg(long, default_value = "target", hide = true)]
    pub state_home: PathBuf,
    /// doorward answers on this port plus 3, the simulator on plus 4, the origins on plus 5 and 6.
    #[arg(long, default_value_t = PORT_BASE, value_parser = clap::value_parser!(u16).range(1..=65_000))]
    pub port_base: u16,
    /// Write a JSON object for scripts to this file when everything answers; removed on stop.
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Forget what an earlier start kept.
    #[arg(long)]
    pub fresh: bool,
    /// The program `doorward`; the one beside this program when left out.
    #[arg(long)]
    pub doorward_bin: Option<PathBuf>,
    /// The program `entra-sim`; the one beside this program when left out.
    #[arg(long)]
    pub entra_sim_bin: Option<PathBuf>,
}

/// The programs that the demo starts.
#[derive(Debug, Clone)]
pub struct Programs {
    /// This program, which starts the others so that they end with it.
    pub launcher: PathBuf,
    /// `doorward`.
    pub doorward: PathBuf,
    /// `entra-sim`.
    pub entra_sim: PathBuf,
}

impl Arguments {
    /// The state folder. Demos on different ports do not share one unless told to.
    pub fn state_folder(&self) -> PathBuf {
        match (&self.state, self.port_base) {
            (Some(folder), _) => folder.clone(),
            (None, PORT_BASE) => self.state_home.join("demo"),
            (None, base) => self.state_home.join(format!("demo-{base}")),
        }
    }

    /// Finds the programs to start.
    pub fn programs(&self) -> Result<Programs> {
        let own = std::env::current_exe().context("cannot tell where this program is")?;
        let beside = own.parent().unwrap_or_else(|| Path::new("."));
        Ok(Programs {
            launcher: own.clone(),
            doorward: program(self.doorward_bin.as_deref(), beside, "doorward", "--doorward-bin")?,
            entra_sim: program(self.entra_sim_bin.as_deref(), beside, "entra-sim", "--entra-sim-bin")?,
        })
    }
}

fn program(given: Option<&Path>, beside: &Path, name: &str, flag: &str) -> Result<PathBuf> {
    let path = given.map_or_else(|| beside.join(name), Path::to_owned);
    if !path.is_file() {
        bail!("there is no program {}: build it (scripts/demo does) or name it with {flag}", path.display());
    }
    path.canonicalize().with_context(|| format!("cannot use {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_port_base_has_a_state_folder_of_its_own_unless_one_is_named() {
        let folder = |words: &[&str]| Arguments::parse_from(["doorward-demo"].iter().chain(words)).state_folder();
        assert_eq!(folder(&[]), Path::new("target/demo"));
        assert_eq!(folder(&["--port-base", "9000"]), Path::new("target/demo-9000"));
        assert_eq!(folder(&["--port-base", "9000", "--state", "a", "--state", "b"]), Path::new("b"));
    }
}
