//! `[store]`: where data lives and what seals its secrets.

use std::path::{Path, PathBuf};

use super::Section;

/// The data folder and the sealing key.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Folder of the database.
    pub directory: PathBuf,
    /// File with 64 hexadecimal characters, mode 0600.
    pub sealing_key_file: PathBuf,
}

impl Storage {
    pub(super) fn read(section: &mut Section, base: &Path) -> Option<Self> {
        let path = |s: &str| if s.is_empty() { Err("must not be empty".to_owned()) } else { Ok(base.join(s)) };
        let directory = section.required("directory", "the folder for the database", path);
        let sealing_key_file = section.required("sealing_key_file", "the file with the key that seals stored secrets", path);
        Some(Self { directory: directory?, sealing_key_file: sealing_key_file? })
    }
}
