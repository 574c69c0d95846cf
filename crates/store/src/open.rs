//! Opening: folder, lock, schema, keys, first snapshot.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool, atomic::AtomicU64},
    thread,
};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use crate::{
    Config, Reader, Snapshot, StoreError, backup, connection,
    error::OpenError,
    migrate::migrate,
    objects::{Kind, Sealed},
    pool::Pool,
    queue::Queue,
    seal::{Rings, Sealer},
    statement::feed as feed_sql,
    store::Parts,
    writer::Writer,
};

pub(crate) const DATABASE: &str = "doorward.sqlite3";
const LOCK: &str = "doorward.lock";

/// Opens the database and starts the writer. Blocks.
pub(crate) fn open(config: Config) -> Result<(Arc<Parts>, thread::JoinHandle<()>), StoreError> {
    let lock = lock(&config.path).map_err(StoreError::unavailable)?;
    backup::tidy(&config.path);
    let file = config.path.join(DATABASE);
    // Made here, so that nobody else may read it; the engine gives its other files the same mode.
    open_private(&file).map_err(StoreError::unavailable)?;
    let mut connection = connection::writer(&file, config.cache.of_writer()).map_err(StoreError::unavailable)?;
    migrate(&mut connection).map_err(StoreError::unavailable)?;
    let rings = Rings::derive(&config.sealing_key);
    connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::unavailable)?;
    let Prepared { pepper, snapshot, was_open } = prepare(&Reader::new(&connection, &rings), (config.now)())?;
    connection.execute_batch("COMMIT").map_err(StoreError::unavailable)?;
    if was_open {
        // It stands in the file until its page is written there.
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(StoreError::unavailable)?;
    }

    let parts = Arc::new(Parts {
        queue: Queue::new(),
        pool: Pool::new(file, config.cache),
        current: ArcSwap::from_pointee(snapshot),
        sealer: Sealer::new(rings, &pepper),
        now: config.now,
        backups: Arc::new(Semaphore::new(1)),
        meter: crate::Meter::default(),
        commits: AtomicU64::new(0),
        writable: AtomicBool::new(true),
        steps: AtomicU64::new(0),
        faults: Default::default(),
        broken: AtomicBool::new(false),
        stopped: AtomicBool::new(false),
    });
    let writer = Writer { connection, parts: Arc::clone(&parts), followers: Vec::new(), lock: Some(lock), away: None };
    let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(|| writer.run()).map_err(StoreError::unavailable)?;
    Ok((parts, thread))
}

/// What is known once a database may be used.
struct Prepared {
    pepper: zeroize::Zeroizing<Vec<u8>>,
    snapshot: Snapshot,
    /// A secret stood in it unsealed.
    was_open: bool,
}

/// Makes what a new database lacks, seals anew what the previous key sealed, reads the configuration.
fn prepare(reader: &Reader<'_>, now: model::Timestamp) -> Result<Prepared, StoreError> {
    let epoch = rand::random::<u64>() >> 1;
    reader.run(&feed_sql::START, &[crate::reader::signed(epoch).into()])?;
    let wrong_key = |error| match error {
        StoreError::Corrupt { .. } => StoreError::unavailable(OpenError::SealingKey),
        other => other,
    };
    let pepper = match reader.sealed(Sealed::Pepper, Kind::SINGLE).map_err(wrong_key)? {
        Some(pepper) => pepper,
        None => {
            let fresh = zeroize::Zeroizing::new(rand::random::<[u8; 32]>().to_vec());
            reader.seal(Sealed::Pepper, Kind::SINGLE, &fresh)?;
            fresh
        }
    };
    let was_open = reader.seal_webhook_url()?;
    let resealed = reader.reseal()? + reader.reseal_refresh_tokens()?;
    if resealed > 0 {
        tracing::info!(secrets = resealed, "secrets were sealed anew under the current key; the previous one is not needed any more");
    }
    Ok(Prepared { pepper, snapshot: Snapshot::load(reader, now)?, was_open })
}

/// One process at a time: a second one would not hear of the first one's changes.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    let fault = |path: PathBuf| move |source| OpenError::Path { path: path.display().to_string(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault(folder.to_owned()))?;
    let path = folder.join(LOCK);
    let file = open_private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(source)) => Err(fault(path)(source)),
    }
}

pub(crate) fn open_private(path: &Path) -> Result<File, OpenError> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map_err(|source| OpenError::Path { path: path.display().to_string(), source })
}
