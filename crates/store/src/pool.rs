//! Readers: a few read-only connections, used on the blocking threads.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::{CacheSize, Reader, StoreError, connection, error::WriterError, queue::closed, seal::Rings};

/// Reads at the same time.
const READERS: u32 = 4;
/// How long a read waits for its turn.
const TURN_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Pool {
    file: PathBuf,
    cache: u32,
    idle: Mutex<Vec<rusqlite::Connection>>,
    turns: Arc<Semaphore>,
}

impl Pool {
    pub fn new(file: PathBuf, cache: CacheSize) -> Self {
        let turns = Arc::new(Semaphore::new(READERS as usize));
        Self { file, cache: cache.of_reader(READERS), idle: Mutex::new(Vec::new()), turns }
    }
    /// The database.
    pub fn file(&self) -> &Path {
        &self.file
    }
    /// Waits for a turn; `Full` when none comes in time.
    pub async fn turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit, StoreError> {
        let turn = tokio::time::timeout(TURN_PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| StoreError::Full)?.map_err(|_| closed())
    }
    /// Reads at one consistent point. Blocks.
    pub fn read<T>(&self, rings: &Rings, f: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connection::reader(&self.file, self.cache).map_err(StoreError::unavailable)?,
        };
        connection.execute_batch("BEGIN").map_err(StoreError::unavailable)?;
        let read = catch_unwind(AssertUnwindSafe(|| f(&Reader::new(&connection, rings))));
        // A connection in an unknown state is thrown away.
        if connection.execute_batch("COMMIT").is_ok() {
            self.idle.lock().push(connection);
        }
        read.unwrap_or_else(|_| Err(StoreError::unavailable(WriterError::ReadPanicked)))
    }
    /// No more turns; closes the connections that nobody uses.
    pub fn close(&self) {
        self.turns.close();
        self.idle.lock().clear();
    }
}
