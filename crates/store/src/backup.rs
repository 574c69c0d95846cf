//! Backups: a consistent copy of the whole database, sealed piece by piece under a key that only the holder of the sealing key has.
//!
//! A file is a head (what it is, salt, name of the sealing key, moment) and pieces of 64 KiB, each sealed (AES-256-GCM-SIV) with the head
//! as additional data, and with its number and whether it is the last in the nonce: pieces cannot be changed, reordered or left out, and
//! a file that was cut is recognised (the STREAM construction: Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and
//! its Nonce-Reuse Misuse-Resistance", 2015).

mod restore;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use model::Timestamp;
use rusqlite::{Connection, backup};

pub use restore::{Replace, RestoreError, Restored, restore};

use crate::{Store, StoreError, connection, open, seal::Rings, store::Parts};

/// Bytes of a piece before it is sealed.
const PIECE: usize = 64 * 1024;
/// Bytes that sealing adds to a piece.
const TAG: usize = 16;
const MAGIC: &[u8; 16] = b"doorward backup\n";
const VERSION: u8 = 1;
const SALT: usize = 32;
const KEY_ID: usize = 8;
const HEAD: usize = MAGIC.len() + 1 + SALT + KEY_ID + 8;
/// Copies under way are named so, and removed when a store is opened.
const UNFINISHED: &str = "backup-";
/// Kibibytes of pages while the database is copied: each is read once.
const COPY_CACHE: u32 = 4096;

/// What a backup's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupHead {
    salt: [u8; SALT],
    key_id: [u8; KEY_ID],
    /// When the copy was made.
    pub made_at: Timestamp,
}

impl BackupHead {
    fn write(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        let made_at = self.made_at.millis().to_be_bytes();
        let parts: [&[u8]; 5] = [MAGIC, &[VERSION], &self.salt, &self.key_id, &made_at];
        for (to, from) in out.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        out
    }
    /// `None` when this is no head, or one of a later release.
    fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (key_id, rest) = rest.split_first_chunk::<KEY_ID>()?;
        let made_at = Timestamp::from_millis(i64::from_be_bytes(*rest.first_chunk()?));
        Some(Self { salt: *salt, key_id: *key_id, made_at })
    }
    /// Name of the sealing key that opens it.
    #[must_use]
    pub fn key_id(&self) -> String {
        hex::encode(self.key_id)
    }
}

/// Number of a piece and whether it is the last, as a nonce. The key is of one file only.
fn nonce(number: u32, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    for (to, from) in bytes.iter_mut().skip(7).zip(number.to_be_bytes()) {
        *to = from;
    }
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// A sealed backup as a stream of bytes. Reading blocks.
pub struct Backup {
    plain: File,
    key: LessSafeKey,
    head: [u8; HEAD],
    /// The number of the next piece; `None` before the head was read.
    number: Option<u32>,
    /// The next piece, read ahead: whether it is the last is part of its seal.
    next: Vec<u8>,
}

impl Backup {
    /// Seals what a file holds.
    fn of(mut plain: File, rings: &Rings, made_at: Timestamp) -> io::Result<Self> {
        let head = BackupHead { salt: rand::random(), key_id: rings.short_id(), made_at };
        let next = piece(&mut plain)?;
        Ok(Self { plain, key: rings.backup_key(&head.salt), head: head.write(), number: None, next })
    }
    /// The next bytes of the file; empty at its end.
    ///
    /// # Errors
    /// What the system says when the copy is read.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let Some(number) = self.number else {
            self.number = Some(0);
            return Ok(self.head.to_vec());
        };
        if self.next.is_empty() && number > 0 {
            return Ok(Vec::new());
        }
        let following = piece(&mut self.plain)?;
        let mut sealed = std::mem::replace(&mut self.next, following);
        let nonce = nonce(number, self.next.is_empty());
        let tagged = self.key.seal_in_place_append_tag(nonce, Aad::from(&self.head), &mut sealed);
        tagged.map_err(|_| io::Error::other("a piece could not be sealed"))?;
        self.number = Some(number.checked_add(1).ok_or_else(|| io::Error::other("the database is too large for a backup"))?);
        Ok(sealed)
    }
}

/// Up to a piece; shorter only at the end.
fn piece(from: &mut impl Read) -> io::Result<Vec<u8>> {
    full(from, PIECE)
}

fn full(from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    from.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Store {
    /// A consistent copy of everything as it is now, sealed. Writing and reading go on meanwhile. `Refused` while another one is made.
    pub async fn backup(&self) -> Result<Backup, StoreError> {
        let parts = self.shared();
        let turn = Arc::clone(&parts.backups).try_acquire_owned();
        let Ok(turn) = turn else { return Err(StoreError::Refused("a backup is being made already".to_owned())) };
        let made = tokio::task::spawn_blocking(move || {
            let made = copy(&parts);
            drop(turn);
            made
        });
        made.await.unwrap_or_else(|error| Err(StoreError::unavailable(error)))
    }
}

/// The copy has no name any more when it is read: nothing stays behind, whatever happens.
fn copy(parts: &Parts) -> Result<Backup, StoreError> {
    let folder = parts.pool.file().parent().unwrap_or(Path::new("."));
    let unfinished = folder.join(format!("{UNFINISHED}{:032x}", rand::random::<u128>()));
    let copied = copy_to(parts.pool.file(), &unfinished);
    let opened = copied.and_then(|()| File::open(&unfinished).map_err(StoreError::unavailable));
    let removed = fs::remove_file(&unfinished);
    let file = opened?;
    removed.map_err(StoreError::unavailable)?;
    Backup::of(file, parts.sealer.rings(), (parts.now)()).map_err(StoreError::unavailable)
}

fn copy_to(database: &Path, unfinished: &PathBuf) -> Result<(), StoreError> {
    open::open_private(unfinished).map_err(StoreError::unavailable)?;
    let from = connection::reader(database, COPY_CACHE).map_err(StoreError::unavailable)?;
    let mut to = Connection::open(unfinished).map_err(StoreError::unavailable)?;
    // All in one step: one read transaction, so one point in time.
    let step = backup::Backup::new(&from, &mut to).and_then(|copy| copy.step(-1));
    match step.map_err(StoreError::unavailable)? {
        backup::StepResult::Done => to.close().map_err(|(_, error)| StoreError::unavailable(error)),
        other => Err(StoreError::unavailable(io::Error::other(format!("the copy did not come to its end: {other:?}")))),
    }
}

/// Removes what a server that was killed during a backup or a restoration left behind.
pub(crate) fn tidy(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(error = &error as &dyn std::error::Error, path = %path.display(), "an unfinished copy could not be removed");
        }
    }
}
