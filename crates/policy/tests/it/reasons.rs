//! The reference page names every reason in the order of the list, with what it means and what to do.

use std::{env, fs, path::Path};

use policy::Reason;

const BEGIN: &str = "<!-- reasons:begin -->\n";
const END: &str = "<!-- reasons:end -->\n";

#[test]
fn the_reference_page_lists_every_reason_with_its_fix() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/reasons.md");
    let text = fs::read_to_string(&page).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let row = |reason: &Reason| format!("| `{}` | {} | {} |\n", reason.as_str(), reason.meaning(), reason.fix());
    let table: String = Reason::ALL.iter().map(row).collect();
    let wanted = format!("{head}{BEGIN}| name | meaning | what to do |\n|---|---|---|\n{table}{END}{tail}");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&page, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(&page).unwrap(), wanted, "make it again with UPDATE_GOLDEN=1");
}
