//! Owns the command line of the demo.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Parser;

/// Starts doorward, the Entra simulator and sample origins on loopback, ready to try.
#[derive(Debug, Clone, Parser)]
#[command(name = "doorward-demo", version, args_override_self = true)]
pub struct Arguments {
    /// Folder that keeps everything between two starts.
    #[arg(long, default_value = "target/demo")]
    pub state: PathBuf,
    /// doorward answers on this port plus 3, the simulator on plus 4, the origins on plus 5 and 6.
    #[arg(long, default_value_t = 8440, value_parser = clap::value_parser!(u16).range(1..=65_000))]
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
    /// `doorward`.
    pub doorward: PathBuf,
    /// `entra-sim`.
    pub entra_sim: PathBuf,
}

impl Arguments {
    /// Finds the programs to start.
    pub fn programs(&self) -> Result<Programs> {
        let own = std::env::current_exe().context("cannot tell where this program is")?;
        let beside = own.parent().unwrap_or_else(|| Path::new("."));
        Ok(Programs {
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
