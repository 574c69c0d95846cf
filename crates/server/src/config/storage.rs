//! `[store]`: where data lives, what seals its secrets, and how much of it is kept in memory.

use std::path::{Path, PathBuf};

use store::CacheSize;

use super::Section;

/// The data folder and the sealing key.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Folder of the database.
    pub directory: PathBuf,
    /// File with 64 hexadecimal characters, mode 0600.
    pub sealing_key_file: PathBuf,
    /// Memory for pages of the database.
    pub cache: CacheSize,
}

impl Storage {
    pub(super) fn read(section: &mut Section, base: &Path) -> Option<Self> {
        let path = |s: &str| if s.is_empty() { Err("must not be empty".to_owned()) } else { Ok(base.join(s)) };
        let directory = section.required("directory", "the folder for the database", path);
        let sealing_key_file = section.required("sealing_key_file", "the file with the key that seals stored secrets", path);
        let cache = section.number("cache_mib", CacheSize::LEAST.into()..=CacheSize::MOST.into());
        let cache = cache.and_then(|n| u32::try_from(n).ok()).map_or_else(CacheSize::default, CacheSize::mebibytes);
        Some(Self { cache, directory: directory?, sealing_key_file: sealing_key_file? })
    }
}
