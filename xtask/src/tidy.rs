//! `tidy`: the house rules that a compiler does not check. Every rule looks at every file and all faults are shown at once.

mod ambient;
mod documents;
mod manifests;
mod migrations;
mod names;
mod rust_files;
mod traces;

use std::path::Path;

use crate::fault::{Fault, report};
use crate::tree::Tree;

/// Reads the repository, applies every rule, prints the faults; true when there are none.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::read(root)?;
    let looked_at = format!("{} files ({} of Rust)", tree.files.len(), tree.rust().count());
    report("tidy", &looked_at, faults(&tree))
}

fn faults(tree: &Tree) -> Vec<Fault> {
    let rules = [rust_files::check, names::check, manifests::check, ambient::check, migrations::check, traces::check, documents::check];
    rules.iter().flat_map(|rule| rule(tree)).collect()
}

#[cfg(test)]
mod tests;
