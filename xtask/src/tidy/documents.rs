//! Documents that must be there, and the one that must stay short.

use crate::fault::Fault;
use crate::tree::Tree;

const REQUIRED: [&str; 6] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE"];
const ARCHITECTURE_CEILING: usize = 300;

pub fn check(tree: &Tree) -> Vec<Fault> {
    let missing = REQUIRED.iter().filter(|path| tree.find(path).is_none()).map(|path| Fault::new(*path, 0, "this document is missing"));
    missing.chain(architecture(tree)).chain(decisions(tree)).collect()
}

fn architecture(tree: &Tree) -> Option<Fault> {
    let file = tree.find("ARCHITECTURE.md")?;
    let lines = file.text.lines().count();
    (lines > ARCHITECTURE_CEILING).then(|| {
        Fault::new(
            &file.path,
            ARCHITECTURE_CEILING + 1,
            format!("{lines} lines; the ceiling is {ARCHITECTURE_CEILING}, so that it is read"),
        )
    })
}

/// Decision records are called `NNNN-title.md` and each number is given once.
fn decisions(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for file in &tree.files {
        let Some(name) = file.path.strip_prefix("docs/decisions/").filter(|name| name.ends_with(".md") && *name != "README.md") else {
            continue;
        };
        match name.split_once('-') {
            Some((number, _)) if number.len() == 4 && number.chars().all(|c| c.is_ascii_digit()) => {
                if let Some((_, other)) = taken.iter().find(|(seen, _)| *seen == number) {
                    faults.push(Fault::new(&file.path, 0, format!("decision number {number} is taken by {other}")));
                }
                taken.push((number, &file.path));
            }
            _ => faults.push(Fault::new(&file.path, 0, "a decision is called `NNNN-title.md`")),
        }
    }
    faults
}
