//! Owns the state folder: what lies where, the lock against a second demo, and private files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

const MARKER: &str = "doorward-demo.lock";

/// The state folder, held by this process.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    _lock: File,
}

/// What a later start must still know and nobody else may read.
#[derive(Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Client secret of the sign-in application.
    pub client_secret: String,
    /// Client secret of the automation application.
    pub admin_client_secret: String,
    /// Secret of the SCIM endpoint with the provider it belongs to.
    pub scim: Option<KeptScim>,
    /// The service token.
    pub service_token: Option<KeptServiceToken>,
}

/// A SCIM secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptScim {
    /// Provider.
    pub idp_id: String,
    /// Bearer secret.
    pub secret: String,
}

/// A service token.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptServiceToken {
    /// Its id in the API.
    pub id: String,
    /// `CF-Access-Client-Id`
    pub client_id: String,
    /// `CF-Access-Client-Secret`
    pub client_secret: String,
}

impl Folder {
    /// Opens the folder, or makes it; with `fresh`, whatever a demo left in it is removed first.
    pub fn open(root: &Path, age: Age) -> Result<Self> {
        let cannot = || format!("cannot use the state folder {}", root.display());
        private_folder(root).with_context(cannot)?;
        let root = root.canonicalize().with_context(cannot)?;
        let empty = fs::read_dir(&root).with_context(cannot)?.next().is_none();
        if !empty && !root.join(MARKER).is_file() {
            bail!("{} holds something that is not a demo's state: give another folder with --state", root.display());
        }
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(root.join(MARKER)).with_context(cannot)?;
        if lock.try_lock().is_err() {
            bail!("a demo already runs with the state folder {}: stop it, or give another folder with --state", root.display());
        }
        if age == Age::Fresh {
            clear(&root).with_context(|| format!("cannot clear the state folder {}", root.display()))?;
        }
        let folder = Self { root, _lock: lock };
        for part in ["ca", "doorward", "entra", "logs"] {
            private_folder(&folder.root.join(part)).with_context(|| format!("cannot make the folder {part}"))?;
        }
        Ok(folder)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside.
    pub fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// What an earlier start kept.
    pub fn kept(&self) -> Result<Kept> {
        let path = self.at("kept.json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged: start with --fresh", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Keeps it for a later start.
    pub fn keep(&self, kept: &Kept) -> Result<()> {
        let path = self.at("kept.json");
        write_private(&path, &serde_json::to_vec_pretty(kept)?).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Whether to go on from an earlier start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Go on with what is there.
    Kept,
    /// Start anew.
    Fresh,
}

fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn clear(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

/// Writes a file whole, by renaming, readable by its owner only.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let fresh = path.with_file_name(name);
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    if written.is_err() {
        let _gone = fs::remove_file(&fresh);
    }
    written
}

#[cfg(test)]
mod tests;
