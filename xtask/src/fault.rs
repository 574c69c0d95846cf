//! A fault found in the house, and how faults are shown.

use std::fmt;
use std::io::Write as _;

/// One fault, at a place that an editor can jump to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Path from the top of the repository, with `/`.
    pub path: String,
    /// Line, counted from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do about it.
    pub text: String,
}

impl Fault {
    pub fn new(path: impl Into<String>, line: usize, text: impl Into<String>) -> Fault {
        Fault { path: path.into(), line, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An editor's jump needs a line that exists, so "the whole file" is shown as its first line.
        write!(f, "{}:{}: {}", self.path, self.line.max(1), self.text)
    }
}

/// Prints all faults in order of place and a closing line; true when there were none.
pub fn report(check: &str, looked_at: &str, mut faults: Vec<Fault>) -> anyhow::Result<bool> {
    faults.sort();
    faults.dedup();
    let mut out = std::io::stdout().lock();
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    match faults.len() {
        0 => writeln!(out, "{check}: {looked_at}, no faults")?,
        1 => writeln!(out, "{check}: {looked_at}, 1 fault")?,
        n => writeln!(out, "{check}: {looked_at}, {n} faults")?,
    }
    Ok(faults.is_empty())
}
