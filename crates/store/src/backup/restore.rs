//! Restoring a backup: everything is checked and brought up to date beside the store, then takes its place.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::aead::Aad;
use model::{Timestamp, log::AuditRecord};

use super::{BackupHead, HEAD, PIECE, TAG, UNFINISHED, full, nonce};
use crate::{
    Config, FORGOTTEN_AT_ONCE, Store, StoreError,
    error::OpenError,
    open::{DATABASE, lock, open_private},
    seal::Rings,
    statement::{feed as feed_sql, sessions as sessions_sql},
};

/// What the files of a store that was replaced are called.
const FORMER: &str = "before-restore";

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Name of the account.
    pub account: String,
    /// Where the store is that was there before.
    pub former: Option<PathBuf>,
}

/// Why nothing was restored: the store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is something else.
    #[error("this is no sealed backup of doorward, or one of a newer release")]
    NoBackup,
    /// Another key sealed it.
    #[error(
        "the backup was sealed with the sealing key {wanted}, the configured one is {configured}: give the key of the server that made it"
    )]
    OtherKey {
        /// Name of the key that opens it.
        wanted: String,
        /// Name of the configured one.
        configured: String,
    },
    /// A piece does not open.
    #[error("the backup is damaged: its piece {0} (of 64 KiB) was changed, or is missing because the file was cut")]
    Damaged(u32),
    /// The database in it is not whole.
    #[error("the database in the backup is not whole: {0}")]
    NotWhole(String),
    /// There is a store already.
    #[error("{0} holds a store already: it is replaced only when that is asked for")]
    Occupied(String),
    /// Opening or changing the restored store failed; among others: another process uses the folder.
    #[error("the backup cannot be put into place")]
    Store(#[source] StoreError),
    /// The file system.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: String,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<OpenError> for RestoreError {
    fn from(error: OpenError) -> Self {
        Self::Store(StoreError::unavailable(error))
    }
}

/// Whether a store that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// No.
    Never,
    /// It is put aside.
    PutAside,
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> RestoreError {
    let path = path.display().to_string();
    move |source| RestoreError::File { path, source }
}

/// Puts a backup into the place of a store that nobody has open. The database is brought to this release's schema, history begins anew
/// (another epoch), every session is over; API tokens stay. Until the last step, which renames, the store that was there is untouched.
pub async fn restore(from: File, config: Config, replace: Replace) -> Result<Restored, RestoreError> {
    let folder = config.path.clone();
    let lock = lock(&folder)?;
    let database = folder.join(DATABASE);
    if database.exists() && replace == Replace::Never {
        return Err(RestoreError::Occupied(folder.display().to_string()));
    }
    let beside = Beside::new(&folder)?;
    let (copy, key) = (beside.0.join(DATABASE), config.sealing_key.clone());
    let made_at = {
        let copy = copy.clone();
        let unsealed = tokio::task::spawn_blocking(move || unseal(from, &copy, &Rings::derive(&key)));
        unsealed.await.map_err(|error| RestoreError::Store(StoreError::unavailable(error)))??
    };
    let store = Store::open(Config { path: beside.0.clone(), ..config }).await?;
    let account = renewed(&store, made_at).await;
    store.close().await;
    drop(store);
    let account = account?;
    let former = put_into_place(&folder, &copy)?;
    drop(lock);
    Ok(Restored { made_at, account, former })
}

/// A folder beside the store's files, gone when dropped.
struct Beside(PathBuf);

impl Beside {
    fn new(folder: &Path) -> Result<Self, RestoreError> {
        super::tidy(folder);
        let path = folder.join(format!("{UNFINISHED}restore-{:032x}", rand::random::<u128>()));
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(at(&path))?;
        Ok(Self(path))
    }
}
impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Opens every piece and writes the database. Blocks.
fn unseal(mut from: File, to: &Path, rings: &Rings) -> Result<Timestamp, RestoreError> {
    let read = |source| RestoreError::File { path: "the backup".to_owned(), source };
    let bytes = full(&mut from, HEAD).map_err(read)?;
    let head = <[u8; HEAD]>::try_from(bytes).ok().ok_or(RestoreError::NoBackup)?;
    let told = BackupHead::read(&head).ok_or(RestoreError::NoBackup)?;
    let other = || RestoreError::OtherKey { wanted: told.key_id(), configured: rings.key_id().to_owned() };
    let key = rings.backup_key_of(&told.key_id, &told.salt).ok_or_else(other)?;
    let mut out = BufWriter::new(open_private(to)?);
    let mut from = io::BufReader::with_capacity(4 * PIECE, from);
    let mut next = full(&mut from, PIECE + TAG).map_err(read)?;
    for number in 0.. {
        let following = full(&mut from, PIECE + TAG).map_err(read)?;
        let last = following.is_empty();
        let mut sealed = std::mem::replace(&mut next, following);
        let opened = key.open_in_place(nonce(number, last), Aad::from(&head), &mut sealed).map_err(|_| RestoreError::Damaged(number))?;
        out.write_all(opened).map_err(at(to))?;
        if last {
            break;
        }
    }
    let file = out.into_inner().map_err(|error| at(to)(error.into_error()))?;
    file.sync_all().map_err(at(to))?;
    whole(to)?;
    Ok(told.made_at)
}

/// The engine looks through the whole database.
fn whole(database: &Path) -> Result<(), RestoreError> {
    let check = || -> Result<String, rusqlite::Error> {
        let connection = rusqlite::Connection::open(database)?;
        let told: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(told)
    };
    match check() {
        Ok(told) if told == "ok" => Ok(()),
        Ok(told) => Err(RestoreError::NotWhole(told)),
        Err(error) => Err(RestoreError::NotWhole(error.to_string())),
    }
}

/// A new history: who was revoked since the backup was made must not come back by it, so everybody signs in again.
async fn renewed(store: &Store, made_at: Timestamp) -> Result<String, StoreError> {
    let name = store
        .write(move |tx| {
            let mut account = tx.account()?;
            account.generation += 1;
            tx.put_account(&account)?;
            tx.run(&feed_sql::RENEW, &[crate::reader::signed(rand::random::<u64>() >> 1).into()])?;
            tx.audit(&AuditRecord {
                at: tx.now(),
                actor: "system".to_owned(),
                action: "store.restore".to_owned(),
                object: format!("account/{}", account.id),
                before: None,
                after: Some(serde_json::json!({ "backup_made_at": made_at.rfc3339() })),
            })?;
            Ok(account.name)
        })
        .await?;
    loop {
        let gone = store.write(|tx| tx.forget_sessions()).await?;
        if gone < FORGOTTEN_AT_ONCE {
            return Ok(name);
        }
    }
}

impl crate::Tx<'_> {
    /// Removes sessions whatever their state, at most [`FORGOTTEN_AT_ONCE`]; how many went.
    fn forget_sessions(&mut self) -> Result<u64, StoreError> {
        let args = [i64::MAX.into(), crate::reader::signed(FORGOTTEN_AT_ONCE).into()];
        let unused = self.rows(&sessions_sql::FORGET_EXPIRED, &args, |row| Ok(row.text(0)?.to_owned()))?;
        let gone = unused.len() as u64;
        self.drop_identities(unused)?;
        Ok(gone)
    }
}

/// Renames. Whatever is cut short here: under the store's name there is the former database, none, or the restored one, each whole.
fn put_into_place(folder: &Path, copy: &Path) -> Result<Option<PathBuf>, RestoreError> {
    let database = folder.join(DATABASE);
    // What is in the log only goes into the former database. One that is damaged is put aside as it is.
    if database.exists()
        && let Ok(former) = rusqlite::Connection::open(&database)
    {
        let _ = former.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    let mut former = None;
    for ending in ["-wal", "-shm", ""] {
        let (path, aside) = (folder.join(format!("{DATABASE}{ending}")), folder.join(format!("{FORMER}-{DATABASE}{ending}")));
        // One of a restoration before that: its parts must not be taken for parts of this one.
        if aside.exists() {
            fs::remove_file(&aside).map_err(at(&aside))?;
        }
        if path.exists() {
            fs::rename(&path, &aside).map_err(at(&path))?;
            former = Some(aside);
        }
    }
    fs::rename(copy, &database).map_err(at(&database))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(former)
}
