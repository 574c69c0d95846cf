//! `arrows`: who may import whom. The rules are the two tables in ARCHITECTURE.md; the facts come from `cargo metadata`.

mod check;
mod graph;
mod table;
mod workspace;

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

pub use table::Shelf;

use crate::fault::report;

/// Where the tables are.
const DOCUMENT: &str = "ARCHITECTURE.md";

/// Checks the workspace against the tables, prints the graph and the faults; true when there are none.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let text = std::fs::read_to_string(root.join(DOCUMENT)).with_context(|| format!("{DOCUMENT} holds the tables and cannot be read"))?;
    let (plan, mut faults) = table::parse(DOCUMENT, &text);
    let packages = workspace::read(root)?;
    faults.extend(check::plan(DOCUMENT, &plan));
    faults.extend(check::workspace(DOCUMENT, &plan, &packages));
    write!(std::io::stdout().lock(), "{}", graph::draw(&plan, &packages))?;
    let arrows: usize = packages.iter().map(|package| package.house().count()).sum();
    report("arrows", &format!("{} rooms, {arrows} arrows", packages.len()), faults)
}

#[cfg(test)]
mod tests;
