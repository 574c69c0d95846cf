//! Migrations: SQL files in a folder called `migrations`, numbered from one without gaps.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut folders: BTreeMap<&str, BTreeMap<u32, &str>> = BTreeMap::new();
    for file in &tree.files {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        if !name.ends_with(".sql") || !folder.split('/').any(|part| part == "migrations") {
            continue;
        }
        let Some(number) = number(name) else {
            faults.push(Fault::new(&file.path, 0, "a migration is called `V0001__what_it_does.sql` (or `0001_what_it_does.sql`)"));
            continue;
        };
        if let Some(other) = folders.entry(folder).or_default().insert(number, &file.path) {
            faults.push(Fault::new(&file.path, 0, format!("number {number} is taken by {other}")));
        }
    }
    for files in folders.values() {
        for (expected, (number, path)) in (1..).zip(files) {
            if *number != expected {
                faults.push(Fault::new(
                    *path,
                    0,
                    format!("number {number} where {expected} was due: migrations are numbered without gaps"),
                ));
                break;
            }
        }
    }
    faults
}

/// The number in `V0001__name.sql` or `0001_name.sql`.
fn number(name: &str) -> Option<u32> {
    let stem = name.strip_suffix(".sql")?;
    let (digits, words) = match stem.strip_prefix('V') {
        Some(rest) => rest.split_once("__")?,
        None => stem.split_once('_')?,
    };
    let spelled = !words.is_empty() && words.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !spelled || words.starts_with('_') || digits.len() > 9 || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}
