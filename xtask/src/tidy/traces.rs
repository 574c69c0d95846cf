//! No file may name a folder of somebody's machine or the host of a package registry.

use crate::fault::Fault;
use crate::tree::{File, Tree};

/// Folders under which people and build machines keep their own things. (`/Users/` is also a SCIM address.)
const MACHINE_ROOTS: [&str; 4] = ["/home/", "/root/", "/work/", "/workspace/"];

/// Hosts that a package manager's own configuration decides about.
/// Written in pieces, so that this file passes its own check.
const REGISTRY_HOSTS: [&str; 9] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("deb.", "debian.org"),
    concat!("security.", "debian.org"),
    concat!("proxy.", "golang.org"),
];

pub fn check(tree: &Tree) -> Vec<Fault> {
    tree.files.iter().flat_map(file).collect()
}

fn file(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in file.lines() {
        for root in MACHINE_ROOTS {
            if line.match_indices(root).any(|(at, _)| is_machine_path(line, at, root)) {
                faults.push(Fault::new(
                    &file.path,
                    number,
                    format!("names a path of one machine (`{root}…`): use a relative path or a variable"),
                ));
            }
        }
        let lower = line.to_ascii_lowercase();
        for host in REGISTRY_HOSTS {
            if lower.contains(host) {
                faults.push(Fault::new(
                    &file.path,
                    number,
                    format!("names the registry host `{host}`: the package manager's own configuration decides"),
                ));
            }
        }
    }
    faults
}

/// True when the path is absolute (nothing that continues a longer path or URL stands before it) and goes on with a name.
fn is_machine_path(line: &str, at: usize, root: &str) -> bool {
    let before = line[..at].chars().next_back();
    let after = line[at + root.len()..].chars().next();
    let absolute = !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '}' | ')' | '*' | '~' | ':' | '>'));
    absolute && after.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
}
