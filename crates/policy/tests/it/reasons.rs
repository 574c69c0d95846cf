//! The reference page names every reason, in the order of the list, and no other.

use std::{fs, path::Path};

use policy::Reason;

#[test]
fn the_reference_page_lists_every_reason() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/reasons.md");
    let text = fs::read_to_string(page).unwrap();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let all: Vec<&str> = Reason::ALL.iter().map(|r| r.as_str()).collect();
    assert_eq!(listed, all);
}
