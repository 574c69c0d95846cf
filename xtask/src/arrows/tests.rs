//! The tables read right and wrong, and workspaces that keep to them or do not.

use super::{check, graph, table, workspace};

const DOCUMENT: &str = "\
# The house
<!-- arrows:begin -->
| shelf | room | uses | uses beside it | its tests may also use |
|---|---|---|---|---|
| pure | `model` | – | – | – |
| pure | `policy` | – | `model` | – |
| engine | `store` | `model` | – | – |
| engine | `guard` | `policy` `model` | `store` | `testkit` |
| surface | `login` | `guard`, `store` | – | – |
| surface | `api` | engine | – | – |
| program | `server` | surface | – | – |
| test | `testkit` | program | – | – |
<!-- arrows:end -->
Words between.
<!-- outside:begin -->
| crate | rooms | tests |
|---|---|---|
| `rusqlite` `refinery` | `store` | – |
| `axum` | surface `server` | any |
| `tokio` | engine surface program test | – |
<!-- outside:end -->
";

/// Faults of the tables, as shown.
fn table_faults(text: &str) -> Vec<String> {
    let (plan, mut faults) = table::parse("A.md", text);
    faults.extend(check::plan("A.md", &plan));
    faults.iter().map(ToString::to_string).collect()
}

/// One package in the words of `cargo metadata`; dependencies as `name`, `name:dev`, `+outside`, `+outside:dev`.
fn package(name: &str, shelf: &str, dependencies: &[&str]) -> String {
    let dependencies: Vec<String> = dependencies
        .iter()
        .map(|entry| {
            let (entry, kind) = entry.split_once(':').map_or((*entry, "null".to_owned()), |(entry, kind)| (entry, format!("\"{kind}\"")));
            match entry.strip_prefix('+') {
                Some(outside) => format!(r#"{{"name":"{outside}","kind":{kind}}}"#),
                None => format!(r#"{{"name":"{entry}","kind":{kind},"path":"/r/crates/{entry}"}}"#),
            }
        })
        .collect();
    format!(
        r#"{{"name":"{name}","manifest_path":"/r/crates/{name}/Cargo.toml","metadata":{{"shelf":{{"name":"{shelf}"}}}},"dependencies":[{}]}}"#,
        dependencies.join(",")
    )
}

/// Faults of a workspace against the document above, as shown.
fn workspace_faults(packages: &[String]) -> Vec<String> {
    let (plan, faults) = table::parse("A.md", DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let packages = workspace::parse(&format!(r#"{{"workspace_root":"/r","packages":[{}]}}"#, packages.join(","))).unwrap();
    check::workspace("A.md", &plan, &packages).iter().map(ToString::to_string).collect()
}

fn assert_one(found: &[String], place: &str, words: &str) {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(place) && found[0].contains(words), "{found:#?}");
}

#[test]
fn sound_tables_have_no_faults() {
    assert_eq!(table_faults(DOCUMENT), Vec::<String>::new());
}

#[test]
fn an_arrow_that_points_up_or_sideways_under_uses_is_refused() {
    let up = DOCUMENT.replace("| engine | `store` | `model` |", "| engine | `store` | `model` `login` |");
    assert_one(&table_faults(&up), "A.md:7:", "store -> login does not point downwards");
    let level = DOCUMENT.replace("| engine | `store` | `model` |", "| engine | `store` | `model` `guard` |");
    assert_one(&table_faults(&level), "A.md:7:", "store -> guard does not point downwards");
    let shelf = DOCUMENT.replace("| `guard`, `store` | – |", "| surface | – |");
    assert_one(&table_faults(&shelf), "A.md:9:", "login -> surface does not point downwards");
}

#[test]
fn sideways_arrows_stay_on_their_shelf_and_off_the_surface() {
    let down = DOCUMENT.replace("| `policy` `model` | `store` |", "| `policy` | `store` `model` |");
    assert_one(&table_faults(&down), "A.md:8:", "not on one shelf");
    let surface = DOCUMENT.replace("| `guard`, `store` | – |", "| `guard`, `store` | `api` |");
    assert_one(&table_faults(&surface), "A.md:9:", "surfaces never see each other");
}

#[test]
fn arrows_in_a_circle_are_refused_at_each_room_of_it() {
    let circle = DOCUMENT.replace("| engine | `store` | `model` | – |", "| engine | `store` | `model` | `guard` |");
    let found = table_faults(&circle);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("store -> guard -> store"), "{found:#?}");
}

#[test]
fn unknown_names_second_rows_and_short_rows_are_refused() {
    assert_one(&table_faults(&DOCUMENT.replace("| engine | – | – |", "| engin | – | – |")), "A.md:10:", "neither a room nor a shelf");
    assert_one(&table_faults(&DOCUMENT.replace("| surface | `login` |", "| cellar | `login` |")), "A.md:9:", "not a shelf");
    assert_one(&table_faults(&DOCUMENT.replace("| engine | – | – |", "| engine |")), "A.md:10:", "five cells");
    assert_one(
        &table_faults(&DOCUMENT.replace("| surface `server` | any |", "| surface | anyone |")),
        "A.md:19:",
        "neither a room nor a shelf",
    );
    let twice = DOCUMENT.replace("| test |", "| pure | `model` | – | – | – |\n| test |");
    assert_one(&table_faults(&twice), "A.md:12:", "second row");
}

#[test]
fn a_document_without_a_table_is_a_fault_and_not_a_pass() {
    assert_eq!(table_faults("# The house\n").len(), 2);
    assert_one(&table_faults(&DOCUMENT.replace("<!-- outside:end -->", "")), "A.md:1:", "outside:begin");
    let empty = "<!-- outside:begin -->\n| crate | rooms | tests |\n|---|---|---|\n<!-- outside:end -->\n";
    let without = DOCUMENT.split("<!-- outside:begin -->").next().unwrap();
    assert_one(&table_faults(&format!("{without}{empty}")), "A.md:15:", "empty");
}

#[test]
fn a_workspace_that_keeps_to_the_plan_has_no_faults() {
    let found = workspace_faults(&[
        package("model", "pure", &["+serde"]),
        package("policy", "pure", &["model"]),
        package("store", "engine", &["model", "+rusqlite", "+tokio"]),
        package("guard", "engine", &["store", "policy", "testkit:dev"]),
        package("api", "surface", &["guard", "store", "+axum"]),
        package("server", "program", &["api", "login"]),
        package("testkit", "test", &["server", "+axum:dev"]),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn an_arrow_outside_the_table_is_named_with_its_direction() {
    assert_one(
        &workspace_faults(&[package("login", "surface", &["model"])]),
        "crates/login/Cargo.toml:1:",
        "login -> model is not in A.md:9",
    );
    assert_one(&workspace_faults(&[package("store", "engine", &["guard"])]), "crates/store/Cargo.toml:1:", "sideways");
    assert_one(&workspace_faults(&[package("model", "pure", &["server"])]), "crates/model/Cargo.toml:1:", "upwards");
    assert_one(&workspace_faults(&[package("model", "pure", &["store:build"])]), "crates/model/Cargo.toml:1:", "model -> store is");
}

#[test]
fn arrows_of_tests_need_their_own_grant() {
    assert_one(
        &workspace_faults(&[package("store", "engine", &["testkit:dev"])]),
        "crates/store/Cargo.toml:1:",
        "store -> testkit (in tests)",
    );
    assert_one(&workspace_faults(&[package("guard", "engine", &["testkit"])]), "crates/guard/Cargo.toml:1:", "upwards");
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    assert_one(
        &workspace_faults(&[package("api", "surface", &["+rusqlite"])]),
        "crates/api/Cargo.toml:1:",
        "`api` may not use `rusqlite`: A.md:18",
    );
    assert_one(&workspace_faults(&[package("api", "surface", &["+refinery:dev"])]), "crates/api/Cargo.toml:1:", "in its tests");
    assert_one(&workspace_faults(&[package("model", "pure", &["+tokio"])]), "crates/model/Cargo.toml:1:", "`tokio`");
    assert_one(&workspace_faults(&[package("model", "pure", &["+tokio:dev"])]), "crates/model/Cargo.toml:1:", "`tokio` in its tests");
    assert_one(&workspace_faults(&[package("store", "engine", &["+axum"])]), "crates/store/Cargo.toml:1:", "`axum`");
}

#[test]
fn a_room_without_a_row_or_on_another_shelf_is_named() {
    assert_one(&workspace_faults(&[package("attic", "pure", &["server"])]), "crates/attic/Cargo.toml:1:", "no row");
    assert_one(
        &workspace_faults(&[package("model", "engine", &[])]),
        "crates/model/Cargo.toml:1:",
        "states the shelf `engine`, A.md:5 says `pure`",
    );
}

#[test]
fn the_graph_shows_shelves_from_the_top_the_chain_and_what_is_unused() {
    let (plan, _) = table::parse("A.md", DOCUMENT);
    let packages = [package("model", "pure", &[]), package("store", "engine", &["model"]), package("guard", "engine", &["store"])];
    let packages = workspace::parse(&format!(r#"{{"workspace_root":"/r","packages":[{}]}}"#, packages.join(","))).unwrap();
    let drawn = graph::draw(&plan, &packages);
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines[0], "test     testkit       -> (not built yet)");
    assert!(lines.contains(&"         guard         -> store"), "{drawn}");
    assert!(lines.contains(&"pure     model         -> nothing of ours"), "{drawn}");
    assert!(lines.contains(&"longest chain: guard > store > model"), "{drawn}");
    assert!(lines.contains(&"granted and unused: guard -> policy model"), "{drawn}");
}
