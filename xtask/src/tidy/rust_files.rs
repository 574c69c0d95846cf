//! Each Rust file: at most 500 lines, opens with a sentence; `lib.rs` stays a table of contents.

use crate::fault::Fault;
use crate::tree::{File, Tree};

/// Lines of a file, tests and comments included.
const FILE_CEILING: usize = 500;
/// Lines of code of a `lib.rs`, without comments and blank lines.
const LIB_CEILING: usize = 80;

pub fn check(tree: &Tree) -> Vec<Fault> {
    tree.rust().flat_map(|file| [length(file), header(file), lib(file)].into_iter().flatten()).collect()
}

fn length(file: &File) -> Option<Fault> {
    let lines = file.text.lines().count();
    (lines > FILE_CEILING).then(|| {
        Fault::new(&file.path, FILE_CEILING + 1, format!("{lines} lines; the ceiling is {FILE_CEILING}: split the file by subject"))
    })
}

fn header(file: &File) -> Option<Fault> {
    let first = file.text.lines().next().unwrap_or("");
    let sentence = first.strip_prefix("//!").unwrap_or("").trim();
    sentence.is_empty().then(|| Fault::new(&file.path, 1, "the first line must be `//!` and a sentence that says what the file owns"))
}

fn lib(file: &File) -> Option<Fault> {
    if !file.path.ends_with("/src/lib.rs") {
        return None;
    }
    let code = file.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    (code > LIB_CEILING).then(|| {
        Fault::new(&file.path, 0, format!("{code} lines of code; `lib.rs` holds prose, `mod` and `pub use`, at most {LIB_CEILING} lines"))
    })
}
