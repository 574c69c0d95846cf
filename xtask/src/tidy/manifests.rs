//! Each crate's manifest: its shelf, its name, the workspace's lints, and dependencies only through the workspace.

use toml::Table;

use crate::arrows::Shelf;
use crate::fault::Fault;
use crate::tree::{File, Tree};

pub fn check(tree: &Tree) -> Vec<Fault> {
    tree.files.iter().filter(|file| folder(file).is_some()).flat_map(manifest).collect()
}

/// The crate's folder name, when the file is a crate's manifest.
fn folder(file: &File) -> Option<&str> {
    let folder = file.path.strip_suffix("/Cargo.toml")?;
    match folder.strip_prefix("crates/") {
        Some(name) if !name.contains('/') => Some(name),
        _ => (folder == "xtask").then_some(folder),
    }
}

/// The shelf that a manifest states; none when it is missing or no shelf of this house.
pub fn shelf(file: &File) -> Option<Shelf> {
    let table: Table = file.text.parse().ok()?;
    Shelf::parse(at(&table, &["package", "metadata", "shelf", "name"])?.as_str()?)
}

fn manifest(file: &File) -> Vec<Fault> {
    let table: Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Fault::new(&file.path, 0, format!("not readable as TOML: {}", error.message()))],
    };
    let mut faults = Vec::new();
    let mut fault = |needle: &str, text: String| faults.push(Fault::new(&file.path, file.line_of(needle), text));

    match at(&table, &["package", "metadata", "shelf", "name"]).and_then(toml::Value::as_str) {
        None => fault("[package]", format!("no `[package.metadata.shelf] name`: one of {}", Shelf::NAMES.join(", "))),
        Some(name) if Shelf::parse(name).is_none() => {
            fault("metadata.shelf", format!("`{name}` is not a shelf: one of {}", Shelf::NAMES.join(", ")));
        }
        Some(_) => {}
    }
    let name = at(&table, &["package", "name"]).and_then(toml::Value::as_str);
    if name != folder(file) {
        fault("name", "the package is called like its folder: folder, crate and the word in `use` are one".to_owned());
    }
    if at(&table, &["lints", "workspace"]).and_then(toml::Value::as_bool) != Some(true) {
        fault("[package]", "`[lints] workspace = true` is missing, so the house's lints do not hold here".to_owned());
    }
    for dependency in foreign(&table) {
        fault(&dependency, format!("`{dependency}` does not come from `[workspace.dependencies]`: write `{dependency}.workspace = true`"));
    }
    faults
}

/// Dependencies of any kind that do not inherit from the workspace.
fn foreign(table: &Table) -> Vec<String> {
    let mut sections = vec![table];
    if let Some(targets) = table.get("target").and_then(toml::Value::as_table) {
        sections.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let mut names = Vec::new();
    for section in sections {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = section.get(kind).and_then(toml::Value::as_table) else { continue };
            for (name, value) in dependencies {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    names.push(name.clone());
                }
            }
        }
    }
    names
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a toml::Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}
