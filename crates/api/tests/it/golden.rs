//! Committed files that tests make: compared, or rewritten with `UPDATE_GOLDEN=1`.

use std::path::Path;

/// Whether committed files are rewritten.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// Holds a text against a file; the path is relative to this crate.
pub fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if updating() {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let first = text.lines().zip(committed.lines()).find(|(a, b)| a != b);
    assert!(text == committed, "{path} is not what the code says; first difference {first:?}: run with UPDATE_GOLDEN=1 and review");
}
