//! Every rule of `tidy` against a house that breaks it, and against one that does not.

use super::faults;
use crate::tree::Tree;

const GOOD_MANIFEST: &str = "[package]\nname = \"model\"\n\n[package.metadata.shelf]\nname = \"pure\"\n\n[lints]\nworkspace = true\n\n[dependencies]\nserde.workspace = true\n";

/// The smallest house without a fault.
fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("README.md", "# doorward\n"),
        ("ARCHITECTURE.md", "# The house\n"),
        ("CONTRIBUTING.md", "# How to\n"),
        ("CHANGELOG.md", "# Changes\n"),
        ("SECURITY.md", "# Promises\n"),
        ("LICENSE", "Apache License\n"),
        ("docs/decisions/0001-one-binary.md", "# One binary\n"),
        ("crates/model/Cargo.toml", GOOD_MANIFEST),
        ("crates/model/src/lib.rs", "//! The nouns.\n\nmod email;\n"),
        ("crates/model/src/email.rs", "//! An address.\n"),
        ("crates/store/migrations/V0001__people.sql", "CREATE TABLE people (no INTEGER);\n"),
        ("crates/store/migrations/V0002__groups.sql", "CREATE TABLE groups (no INTEGER);\n"),
    ]
}

/// Adds files to the good house (or replaces them) and returns the faults as shown.
fn with(changes: &[(&str, &str)]) -> Vec<String> {
    let mut files: Vec<(&str, &str)> = good();
    files.retain(|(path, _)| changes.iter().all(|(other, _)| other != path));
    files.extend_from_slice(changes);
    faults(&Tree::of(&files)).iter().map(ToString::to_string).collect()
}

/// Exactly one fault, at this place, with these words.
fn assert_one(changes: &[(&str, &str)], place: &str, words: &str) {
    let found = with(changes);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(place) && found[0].contains(words), "{found:#?}");
}

#[test]
fn a_house_in_order_has_no_faults() {
    assert_eq!(with(&[]), Vec::<String>::new());
}

#[test]
fn a_file_of_five_hundred_lines_passes_and_one_more_does_not() {
    let full = format!("//! Long.\n{}", "// line\n".repeat(499));
    assert_eq!(with(&[("crates/model/src/long.rs", &full)]), Vec::<String>::new());
    let over = format!("{full}// line\n");
    assert_one(&[("crates/model/src/long.rs", &over)], "crates/model/src/long.rs:501:", "501 lines");
}

#[test]
fn a_file_without_an_opening_sentence_is_named() {
    for text in ["", "use std::fmt;\n", "//!\nuse std::fmt;\n", "// A comment.\n", "\n//! Late.\n"] {
        assert_one(&[("crates/model/src/bare.rs", text)], "crates/model/src/bare.rs:1:", "first line");
    }
}

#[test]
fn a_lib_full_of_code_is_named_but_prose_is_free() {
    let prose = format!("//! The nouns.\n{}mod email;\n", "//! Prose.\n".repeat(200));
    assert_eq!(with(&[("crates/model/src/lib.rs", &prose)]), Vec::<String>::new());
    let code = format!("//! The nouns.\n{}", "mod x;\n".repeat(81));
    assert_one(&[("crates/model/src/lib.rs", &code)], "crates/model/src/lib.rs:1:", "81 lines of code");
}

#[test]
fn names_that_say_nothing_are_refused_as_file_folder_and_module() {
    assert_one(&[("crates/model/src/utils.rs", "//! Things.\n")], "crates/model/src/utils.rs:1:", "`utils`");
    assert_one(&[("crates/model/tests/common/cast.rs", "//! Things.\n")], "crates/model/tests/common/cast.rs:1:", "`common`");
    assert_one(&[("crates/model/src/string_helpers.rs", "//! Things.\n")], "crates/model/src/string_helpers.rs:1:", "`string_helpers`");
    assert_one(&[("crates/model/src/x.rs", "//! X.\npub(crate) mod prelude {}\n")], "crates/model/src/x.rs:2:", "`mod prelude`");
    assert_one(&[("crates/model/src/x.rs", "//! X.\n    mod types;\n")], "crates/model/src/x.rs:2:", "`mod types`");
    assert_eq!(with(&[("crates/model/src/type_names.rs", "//! X.\nmod shared_key;\npub mod core_facts;\n")]), Vec::<String>::new());
}

#[test]
fn a_mod_rs_is_refused() {
    assert_one(&[("crates/model/src/group/mod.rs", "//! Groups.\n")], "crates/model/src/group/mod.rs:1:", "no `mod.rs`");
}

#[test]
fn a_manifest_states_shelf_name_and_lints() {
    let path = "crates/model/Cargo.toml";
    assert_one(
        &[(path, &GOOD_MANIFEST.replace("[package.metadata.shelf]\nname = \"pure\"\n", ""))],
        "crates/model/Cargo.toml:1:",
        "metadata.shelf",
    );
    assert_one(&[(path, &GOOD_MANIFEST.replace("pure", "attic"))], "crates/model/Cargo.toml:4:", "`attic` is not a shelf");
    assert_one(&[(path, &GOOD_MANIFEST.replace("[lints]\nworkspace = true\n", ""))], "crates/model/Cargo.toml:1:", "lints");
    assert_one(&[(path, &GOOD_MANIFEST.replace("\"model\"", "\"doorward-model\""))], "crates/model/Cargo.toml:2:", "like its folder");
    assert_one(&[(path, "[package\n")], "crates/model/Cargo.toml:1:", "TOML");
}

#[test]
fn a_dependency_past_the_workspace_is_named_in_every_section() {
    for section in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]", "[target.'cfg(unix)'.dependencies]"] {
        let text = GOOD_MANIFEST.replace("[dependencies]\nserde.workspace = true\n", &format!("{section}\nhex = \"0.4\"\n"));
        assert_one(&[("crates/model/Cargo.toml", &text)], "crates/model/Cargo.toml:11:", "`hex`");
    }
}

#[test]
fn the_pure_shelf_may_not_read_clock_or_disk_outside_tests() {
    let file = "crates/model/src/email.rs";
    assert_one(&[(file, "//! E.\nfn f() { std::time::Instant::now(); }\n")], "crates/model/src/email.rs:2:", "Instant::now");
    assert_one(&[(file, "//! E.\nuse std::fs;\n")], "crates/model/src/email.rs:2:", "std::fs");
    assert_eq!(
        with(&[(file, "//! E.\n// SystemTime::now is for programs.\n#[cfg(test)]\nmod tests { use std::fs; }\n")]),
        Vec::<String>::new()
    );
}

#[test]
fn only_programs_read_the_environment() {
    let text = "//! E.\nfn f() { std::env::var(\"HOME\").ok(); }\n";
    assert_one(&[("crates/model/src/email.rs", text)], "crates/model/src/email.rs:2:", "env::var");
    let program = GOOD_MANIFEST.replace("pure", "program");
    assert_eq!(with(&[("crates/model/Cargo.toml", &program), ("crates/model/src/email.rs", text)]), Vec::<String>::new());
}

#[test]
fn migrations_are_numbered_from_one_without_gaps_or_twins() {
    let folder = "crates/store/migrations";
    assert_one(&[(&format!("{folder}/V0004__late.sql"), "")], &format!("{folder}/V0004__late.sql:1:"), "where 3 was due");
    assert_one(&[(&format!("{folder}/V2__twin.sql"), "")], &format!("{folder}/V2__twin.sql:1:"), "taken by");
    assert_one(&[(&format!("{folder}/more.sql"), "")], &format!("{folder}/more.sql:1:"), "is called");
    assert_eq!(
        with(&[("crates/store/migrations/pg/0001_people.sql", ""), ("crates/store/migrations/README.md", "")]),
        Vec::<String>::new()
    );
    assert_one(&[("crates/store/migrations/pg/0002_people.sql", "")], "crates/store/migrations/pg/0002_people.sql:1:", "where 1 was due");
}

#[test]
fn a_machine_path_is_named_and_a_url_path_is_not() {
    for root in ["home", "root", "work"] {
        let text = format!("run /{root}/mara/build\n");
        assert_one(&[("docs/guide.md", &text)], "docs/guide.md:1:", "path of one machine");
    }
    assert_eq!(
        with(&[("docs/guide.md", "https://wiki.example/home/page and $X/work/y, ~/work/z, /home, `/root/`, /Users/1\n")]),
        Vec::<String>::new()
    );
}

#[test]
fn a_registry_host_is_named_in_any_spelling() {
    let text = format!("url = \"https://Static.{}.io/x\"\n", "crates");
    assert_one(&[("deploy/build.toml", &text)], "deploy/build.toml:1:", "registry host");
}

#[test]
fn a_long_architecture_is_refused_and_a_missing_document_named() {
    assert_one(&[("ARCHITECTURE.md", &"line\n".repeat(301))], "ARCHITECTURE.md:301:", "301 lines");
    let mut files = good();
    files.retain(|(path, _)| *path != "SECURITY.md");
    let found = faults(&Tree::of(&files));
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["SECURITY.md:1: this document is missing"]);
}

#[test]
fn decisions_carry_a_number_of_their_own() {
    assert_one(&[("docs/decisions/0001-twin.md", "")], "docs/decisions/0001-twin.md:1:", "taken by");
    assert_one(&[("docs/decisions/notes.md", "")], "docs/decisions/notes.md:1:", "NNNN-title.md");
}

#[test]
fn all_faults_come_at_once() {
    let found =
        with(&[("crates/model/src/misc.rs", "fn f() {}\n"), ("crates/model/src/bare.rs", ""), ("crates/store/migrations/x.sql", "")]);
    assert_eq!(found.len(), 4, "{found:#?}");
}
