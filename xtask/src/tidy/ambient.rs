//! The pure shelf is a function of its arguments; nothing but programs reads the environment.

use crate::arrows::Shelf;
use crate::fault::Fault;
use crate::tidy::manifests;
use crate::tree::{File, Tree};

/// Not on the pure shelf: clocks, randomness without an argument, files, sockets, threads.
const IMPURE: [&str; 10] = [
    "SystemTime::now",
    "Instant::now",
    "OffsetDateTime::now",
    "UtcDateTime::now",
    "rand::rng()",
    "std::fs",
    "std::thread",
    "std::process",
    "TcpStream",
    "UdpSocket",
];
/// Only in programs, tests and tools.
const ENVIRONMENT: [&str; 4] = ["env::var(", "env::var_os(", "env::vars(", "env::args("];

pub fn check(tree: &Tree) -> Vec<Fault> {
    let manifests = tree.files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"));
    let mut faults = Vec::new();
    for manifest in manifests {
        let Some(shelf) = manifests::shelf(manifest).filter(|shelf| *shelf <= Shelf::Surface) else { continue };
        let sources = format!("{}/src/", manifest.path.trim_end_matches("/Cargo.toml"));
        for file in tree.rust().filter(|file| file.path.starts_with(&sources) && !is_test(file)) {
            if shelf == Shelf::Pure {
                faults.extend(search(file, &IMPURE, "does not belong on the pure shelf: take it as an argument"));
            }
            faults.extend(search(file, &ENVIRONMENT, "only programs read the environment: take it as configuration"));
        }
    }
    faults
}

fn is_test(file: &File) -> bool {
    file.path.ends_with("/tests.rs") || file.path.contains("/tests/")
}

fn search(file: &File, words: &[&str], advice: &str) -> Vec<Fault> {
    // Tests come last in a file, so everything from the first `#[cfg(test)]` on is test code.
    file.lines()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(number, line)| words.iter().filter(move |word| line.contains(**word)).map(move |word| (number, *word)))
        .map(|(number, word)| Fault::new(&file.path, number, format!("`{}` {advice}", word.trim_end_matches('('))))
        .collect()
}
