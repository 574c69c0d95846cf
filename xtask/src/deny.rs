//! `deny`: cargo-deny over licences, bans and sources, without the network.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// Runs cargo-deny; its own output names what is refused and by which line of `deny.toml`.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let status = Command::new(program(root))
        // Without the graphs the known twins among dependencies stay readable; `cargo tree -i NAME` draws one.
        .args(["--offline", "--locked", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
        .current_dir(root)
        .status()
        .context("cargo-deny could not be started: `scripts/setup` installs it")?;
    Ok(status.success())
}

/// The copy that `scripts/setup` installed, else the one on the search path.
fn program(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let own = target.join("tools/bin/cargo-deny");
    if own.is_file() { own } else { PathBuf::from("cargo-deny") }
}
