//! What a profile was taken of: the sources, the dependencies, the compiler. As a text, so that a person sees what has changed.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
};

/// The stamp of what stands there now. What is only built for tests is left out.
pub(super) fn of(root: &Path, compiler: &str) -> anyhow::Result<String> {
    let mut files = vec![root.join("Cargo.toml")];
    gather(&root.join("crates"), &mut files)?;
    files.sort();
    Ok(format!("sources {:016x}\ndependencies {:016x}\n{compiler}", hash(root, &files)?, hash(root, &[root.join("Cargo.lock")])?))
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (kind, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        if kind?.is_file() {
            files.push(path);
        } else if path.is_dir() && !path.ends_with("tests") {
            gather(&path, files)?;
        }
    }
    Ok(())
}

/// Of names and contents, each with its length.
fn hash(root: &Path, files: &[PathBuf]) -> anyhow::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        for part in [file.strip_prefix(root)?.as_os_str().as_encoded_bytes(), &fs::read(file)?] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_tells_sources_dependencies_and_compilers_apart() {
        let root = std::env::temp_dir().join(format!("doorward-stamp-{}", std::process::id()));
        fs::create_dir_all(root.join("crates/server/src")).unwrap();
        fs::create_dir_all(root.join("crates/server/tests")).unwrap();
        for file in ["Cargo.toml", "Cargo.lock", "crates/server/src/main.rs"] {
            fs::write(root.join(file), "as it was").unwrap();
        }
        let before = of(&root, "rustc 1").unwrap();
        fs::write(root.join("crates/server/tests/main.rs"), "no matter").unwrap();
        assert_eq!(of(&root, "rustc 1").unwrap(), before);
        assert_ne!(of(&root, "rustc 2").unwrap(), before);
        for file in ["Cargo.lock", "crates/server/src/main.rs"] {
            fs::write(root.join(file), "changed").unwrap();
            assert_ne!(of(&root, "rustc 1").unwrap(), before, "{file}");
            fs::write(root.join(file), "as it was").unwrap();
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
