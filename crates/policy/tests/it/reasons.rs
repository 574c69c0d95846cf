//! The reference page names every reason in the order of the list, with what it means and what to do.

use std::{env, fs, path::Path};

use model::rule::Rule;
use policy::Reason;

const BEGIN: &str = "<!-- reasons:begin -->\n";
const END: &str = "<!-- reasons:end -->\n";

/// The sentence of a kind; nothing where the kind never says it.
fn of(reason: Reason, kind: &str) -> &'static str {
    Some(reason.told_of(kind)).filter(|told| *told != reason.meaning()).unwrap_or_default()
}

#[test]
fn the_reference_page_lists_every_reason_with_its_fix() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/reasons.md");
    let text = fs::read_to_string(&page).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let row = |reason: &Reason| format!("| `{}` | {} | {} |\n", reason.as_str(), reason.meaning(), reason.fix());
    let table: String = Reason::ALL.iter().map(row).collect();
    let of_kinds: String = Rule::KINDS
        .iter()
        .map(|kind| (kind, of(Reason::Matches, kind), of(Reason::Differs, kind)))
        .filter(|(_, matches, differs)| !matches.is_empty() || !differs.is_empty())
        .map(|(kind, matches, differs)| format!("| `{kind}` | {matches} | {differs} |\n"))
        .collect();
    let wanted = format!(
        "{head}{BEGIN}| name | meaning | what to do |\n|---|---|---|\n{table}\n| rule | `matches` | `differs` |\n|---|---|---|\n{of_kinds}{END}{tail}"
    );
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&page, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(&page).unwrap(), wanted, "make it again with UPDATE_GOLDEN=1");
}
