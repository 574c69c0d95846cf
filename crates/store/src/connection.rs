//! Connections to the engine and their settings.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// How long the engine waits for a lock that something outside of the store holds (a backup, an administrator's tool).
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// More than there are statements.
const CACHED_STATEMENTS: usize = 256;

/// The write connection: write-ahead log, synced at each commit.
///
/// Pages are kept for so many kibibytes. The log is written back into the database at
/// 64 MiB, which is also what it is cut to: a page that many commits change is then written back once. What a savepoint may have to
/// restore stays in memory; a request's body bounds it. What is deleted or replaced is overwritten with zeroes where its page is written anyway.
pub(crate) fn writer(file: &Path, cache: u32) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(LOCK_PATIENCE)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864;
         PRAGMA wal_autocheckpoint = 16384; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
         PRAGMA secure_delete = FAST;",
    )?;
    keep_pages(&connection, cache)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// A read connection. There are few of them, and each keeps pages for so many kibibytes.
pub(crate) fn reader(file: &Path, cache: u32) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(LOCK_PATIENCE)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    keep_pages(&connection, cache)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Negative: kibibytes, not pages (SQLite, "PRAGMA cache_size").
fn keep_pages(connection: &Connection, kibibytes: u32) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "cache_size", -i64::from(kibibytes))
}

/// Statements are prepared once. Without the guarantee the engine prepares those of tables with partial indexes anew for every value bound,
/// because another value might allow another plan: a sixth of the time of a bulk load.
fn keep_statements(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
