//! The list of files, their size, what is vendored, and what the document asks for.

use std::{collections::BTreeSet, fs, path::Path};

use aws_lc_rs::digest::{SHA256, digest};

use crate::{ASSETS, Caching, Console, HEADERS, files::FILES, served::imported};

/// Most bytes of a page with all that it loads (300 KB are promised, uncompressed).
const MOST_BYTES: usize = 300_000;
/// `htm/preact/standalone.module.js` of htm 3.1.1, with Preact in it (docs/decisions/0024).
const VENDORED: &str = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7";

fn folder(at: &Path, below: &Path, out: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folder(&path, below, out);
        } else {
            out.insert(path.strip_prefix(below).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
}

#[test]
fn every_file_of_the_folder_is_served_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut there = BTreeSet::new();
    folder(&root, &root, &mut there);
    assert!(there.remove("console.html"));
    assert_eq!(Console::names().map(str::to_owned).collect::<BTreeSet<_>>(), there);
}

#[test]
fn the_vendored_library_is_the_one_that_was_read() {
    let console = Console::new();
    let file = console.file(console.mark(), "vendor/preact-htm.js").unwrap();
    assert_eq!(hex::encode(digest(&SHA256, file.body)), VENDORED);
}

#[test]
fn every_page_is_small() {
    let size = |names: BTreeSet<&str>| -> usize { FILES.iter().filter(|file| names.contains(file.name)).map(|file| file.body.len()).sum() };
    let always: BTreeSet<&str> = imported("app.js").into_iter().chain(["style.css", "icon.svg"]).collect();
    for page in Console::names().filter(|name| name.starts_with("pages/")) {
        let bytes = size(always.iter().copied().chain(imported(page)).collect());
        assert!(bytes <= MOST_BYTES, "{page}: {bytes} bytes");
    }
}

#[test]
fn what_only_some_pages_need_is_not_asked_for_at_once() {
    let always = imported("app.js");
    for needed in ["app.js", "api.js", "shell.js", "session.js", "view.js", "parts/page.js", "parts/dialog.js", "vendor/preact-htm.js"] {
        assert_eq!(always.iter().filter(|name| **name == needed).count(), 1, "{needed}");
    }
    assert!(!always.iter().any(|name| name.starts_with("pages/") || *name == "parts/rules.js"), "{always:?}");
    assert!(imported("pages/policy.js").contains(&"parts/rule_values.js"));
}

#[test]
fn files_are_found_by_the_mark_of_this_release_only() {
    let console = Console::new();
    for name in Console::names() {
        let served = console.file(console.mark(), name).unwrap();
        assert_eq!(served.caching, Caching::Forever);
        assert!(served.etag.starts_with('"') && served.etag.ends_with('"') && served.etag.len() > 10);
    }
    assert_eq!(console.file("0000000000000000", "app.js"), None);
    assert_eq!(console.file(console.mark(), "../src/lib.rs"), None);
    assert_eq!(console.file(console.mark(), "console.html"), None);
}

#[test]
fn the_document_has_nothing_inline_and_asks_for_files_that_are_there() {
    let console = Console::new();
    let document = std::str::from_utf8(console.document().body).unwrap().to_owned();
    assert_eq!(console.document().caching, Caching::AskAgain);
    assert!(!document.contains("{{") && !document.contains("<style") && !document.contains(" style=") && !document.contains(" onload"));
    let mut asked = 0;
    for part in document.split(ASSETS).skip(1) {
        let address = part.split('"').next().unwrap();
        let (mark, name) = address.split_once('/').unwrap();
        assert!(console.file(mark, name).is_some(), "{address}");
        asked += 1;
    }
    assert!(asked > 5, "{document}");
    for script in document.split("<script").skip(1) {
        assert!(script.split('>').next().unwrap().contains("src="), "{script}");
    }
}

#[test]
fn scripts_are_modules_without_code_from_text() {
    for file in FILES.iter().filter(|file| file.name.ends_with(".js") && !file.name.starts_with("vendor/")) {
        let text = std::str::from_utf8(file.body).unwrap();
        assert!(text.starts_with("// "), "{} does not say what it owns", file.name);
        for forbidden in ["eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", file.name);
        }
        assert!(text.lines().count() <= 500, "{} is too long", file.name);
    }
}

#[test]
fn imports_lead_to_files_that_are_there() {
    let names: BTreeSet<&str> = Console::names().collect();
    for file in FILES.iter().filter(|file| file.name.ends_with(".js") && !file.name.starts_with("vendor/")) {
        let text = std::str::from_utf8(file.body).unwrap();
        let from = Path::new(file.name).parent().unwrap();
        for mark in ["from \"", "import(\""] {
            for part in text.split(mark).skip(1) {
                let asked = part.split('"').next().unwrap();
                let mut path: Vec<&str> = from.to_str().unwrap().split('/').filter(|s| !s.is_empty()).collect();
                for segment in asked.split('/') {
                    match segment {
                        "." => {}
                        ".." => assert!(path.pop().is_some(), "{}: {asked}", file.name),
                        other => path.push(other),
                    }
                }
                assert!(asked.starts_with('.') && names.contains(path.join("/").as_str()), "{}: {asked}", file.name);
            }
        }
    }
}

#[test]
fn the_policy_lets_nothing_inline_run() {
    let (_, policy) = HEADERS[0];
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
}

/// The names in braces, before any `as`.
fn in_braces(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|name| name.trim().split(" as ").next().unwrap_or_default()).filter(|name| !name.is_empty())
}

/// Names that a script gives to others.
fn given(text: &str) -> BTreeSet<&str> {
    let begins = ["export const ", "export let ", "export function ", "export async function ", "export class "];
    let declared = text.lines().filter_map(|line| begins.iter().find_map(|begin| line.strip_prefix(begin)));
    let declared = declared.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    let listed = text.split("export {").skip(1).filter_map(|part| part.split('}').next()).flat_map(in_braces);
    declared.chain(listed).collect()
}

#[test]
fn what_is_imported_by_name_is_exported_there() {
    let scripts = || FILES.iter().filter(|file| file.name.ends_with(".js") && !file.name.starts_with("vendor/"));
    let text = |name: &str| scripts().find(|file| file.name == name).map(|file| std::str::from_utf8(file.body).unwrap());
    for file in scripts() {
        for part in text(file.name).unwrap().split("import {").skip(1) {
            let (names, rest) = part.split_once("} from \"").unwrap();
            let from = rest.split('"').next().unwrap();
            let target = match (from.strip_prefix("../"), file.name.rsplit_once('/')) {
                (Some(above), _) => above.to_owned(),
                (None, Some((folder, _))) => format!("{folder}/{}", from.trim_start_matches("./")),
                (None, None) => from.trim_start_matches("./").to_owned(),
            };
            let Some(other) = text(&target) else { continue };
            for name in in_braces(names) {
                assert!(given(other).contains(name), "{} imports {name}, which {target} does not have", file.name);
            }
        }
    }
}
