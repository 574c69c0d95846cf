//! Names that say nothing about what is inside, and `mod.rs`.

use crate::fault::Fault;
use crate::tree::{File, Tree};

const FORBIDDEN: [&str; 11] = ["util", "utils", "common", "helpers", "misc", "shared", "base", "core", "manager", "types", "prelude"];
/// Also refused at the end of a longer name.
const FORBIDDEN_ENDINGS: [&str; 6] = ["_util", "_utils", "_helper", "_helpers", "_misc", "_manager"];

const ADVICE: &str = "name it after its subject; what two rooms want belongs to the room that owns the noun";

pub fn check(tree: &Tree) -> Vec<Fault> {
    tree.rust().flat_map(|file| path(file).into_iter().chain(modules(file))).collect()
}

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.contains(&name) || FORBIDDEN_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn path(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for part in file.path.trim_end_matches(".rs").split('/') {
        if is_forbidden(part) {
            faults.push(Fault::new(&file.path, 0, format!("`{part}` is a forbidden name: {ADVICE}")));
        }
    }
    if file.path == "mod.rs" || file.path.ends_with("/mod.rs") {
        faults.push(Fault::new(&file.path, 0, "no `mod.rs`: write `foo.rs` beside `foo/`"));
    }
    faults
}

fn modules(file: &File) -> Vec<Fault> {
    file.lines()
        .filter_map(|(number, line)| Some((number, module(line)?)))
        .filter(|(_, name)| is_forbidden(name))
        .map(|(number, name)| Fault::new(&file.path, number, format!("`mod {name}` is a forbidden name: {ADVICE}")))
        .collect()
}

/// The name in `mod name;` or `mod name {`, with any visibility.
fn module(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1.trim_start(),
        Some(rest) if rest.starts_with(' ') => rest.trim_start(),
        _ => line,
    };
    let name = line.strip_prefix("mod ")?.trim_start();
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    Some(&name[..end])
}
