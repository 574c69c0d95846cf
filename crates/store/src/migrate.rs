//! Bringing the schema up to date: embedded migrations, all in one transaction, before anything else.

use rusqlite::Connection;

use crate::error::OpenError;

/// Where the tool notes what was applied.
const HISTORY: &str = "refinery_schema_history";

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Applies what is missing. A database of a newer release is left alone.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = embedded::migrations::runner().get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0);
    let found = applied(connection).map_err(|source| OpenError::Engine { source })?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    embedded::migrations::runner()
        .set_grouped(true)
        .run(connection)
        .map(drop)
        .map_err(|source| OpenError::Migrate { known, source: Box::new(source) })
}

/// The newest migration in the database; 0 in a new one.
fn applied(connection: &Connection) -> Result<i64, rusqlite::Error> {
    if !connection.table_exists(None, HISTORY)? {
        return Ok(0);
    }
    let newest: Option<i64> = connection.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))?;
    Ok(newest.unwrap_or(0))
}

/// A database in memory with the newest schema.
#[cfg(test)]
pub(crate) fn in_memory() -> Connection {
    let mut connection = Connection::open_in_memory().expect("memory is there");
    connection.execute_batch("PRAGMA foreign_keys = ON").expect("a known setting");
    migrate(&mut connection).expect("migrations apply to an empty database");
    connection
}
