//! Reading: a connection, an account, and the way statements are bound and rows are taken apart.

use std::ops::ControlFlow;

use rusqlite::{CachedStatement, Connection, ErrorCode, types::ValueRef};

use crate::{
    StoreError,
    seal::Rings,
    statement::{Holds, Statement},
};

/// Number of the one account there is so far.
pub(crate) const ACCOUNT: i64 = 1;

/// A consistent view of the database. All read functions are methods of it, one file a noun.
pub struct Reader<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) rings: &'a Rings,
    pub(crate) account_no: i64,
}

/// A value bound to a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    OptInt(Option<i64>),
    OptText(Option<&'a str>),
}

impl From<i64> for Arg<'_> {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl<'a> From<&'a str> for Arg<'a> {
    fn from(v: &'a str) -> Self {
        Self::Text(v)
    }
}
impl<'a> From<&'a String> for Arg<'a> {
    fn from(v: &'a String) -> Self {
        Self::Text(v)
    }
}
impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(v: &'a [u8]) -> Self {
        Self::Blob(v)
    }
}
impl From<Option<i64>> for Arg<'_> {
    fn from(v: Option<i64>) -> Self {
        Self::OptInt(v)
    }
}
impl<'a> From<Option<&'a str>> for Arg<'a> {
    fn from(v: Option<&'a str>) -> Self {
        Self::OptText(v)
    }
}

impl Arg<'_> {
    const fn holds(&self) -> Holds {
        match self {
            Self::Int(_) => Holds::Int,
            Self::Text(_) => Holds::Text,
            Self::Blob(_) => Holds::Blob,
            Self::OptInt(_) => Holds::OptInt,
            Self::OptText(_) => Holds::OptText,
        }
    }
}

/// One row; columns are counted from 0 in the statement's order.
pub(crate) struct Row<'r, 's> {
    row: &'r rusqlite::Row<'s>,
    statement: &'r Statement,
}

impl Row<'_, '_> {
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.check(column, Holds::Int);
        self.row.get(column).map_err(|e| engine(self.statement, e))
    }
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.check(column, Holds::OptInt);
        self.row.get(column).map_err(|e| engine(self.statement, e))
    }
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.check(column, Holds::Text);
        self.value(column)?.as_str().map_err(|e| StoreError::corrupt("row", self.statement.name, e))
    }
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        self.check(column, Holds::OptText);
        self.value(column)?.as_str_or_null().map_err(|e| StoreError::corrupt("row", self.statement.name, e))
    }
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        self.check(column, Holds::Blob);
        self.value(column)?.as_blob().map_err(|e| StoreError::corrupt("row", self.statement.name, e))
    }
    fn value(&self, column: usize) -> Result<ValueRef<'_>, StoreError> {
        self.row.get_ref(column).map_err(|e| engine(self.statement, e))
    }
    fn check(&self, column: usize, holds: Holds) {
        debug_assert_eq!(self.statement.cols[column].holds, holds, "{} column {column}", self.statement.name);
    }
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(connection: &'a Connection, rings: &'a Rings) -> Self {
        Self { connection, rings, account_no: ACCOUNT }
    }

    /// Runs a statement and hands each row to `f`, until it breaks.
    pub(crate) fn each(
        &self,
        statement: &Statement,
        args: &[Arg<'_>],
        mut f: impl FnMut(&Row<'_, '_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut prepared = self.bind(statement, args)?;
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().map_err(|e| engine(statement, e))? {
            if f(&Row { row, statement })?.is_break() {
                break;
            }
        }
        Ok(())
    }
    /// All rows.
    pub(crate) fn rows<T>(
        &self,
        statement: &Statement,
        args: &[Arg<'_>],
        mut f: impl FnMut(&Row<'_, '_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(statement, args, |row| {
            all.push(f(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }
    /// The first row.
    pub(crate) fn row<T>(
        &self,
        statement: &Statement,
        args: &[Arg<'_>],
        mut f: impl FnMut(&Row<'_, '_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.each(statement, args, |row| {
            // Not stopping here: a statement with RETURNING has done all its work only after its last row.
            if first.is_none() {
                first = Some(f(row)?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(first)
    }
    /// The one number of a count.
    pub(crate) fn count(&self, statement: &Statement, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        Ok(self.row(statement, args, |row| row.int(0))?.map_or(0, unsigned))
    }
    /// Runs a statement without rows; how many rows it touched.
    pub(crate) fn run(&self, statement: &Statement, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        let touched = self.bind(statement, args)?.raw_execute().map_err(|e| engine(statement, e))?;
        Ok(touched as u64)
    }

    fn bind(&self, statement: &Statement, args: &[Arg<'_>]) -> Result<CachedStatement<'a>, StoreError> {
        debug_assert!(
            args.iter().map(Arg::holds).eq(statement.given().map(|(_, slot)| slot.holds)),
            "{}: the values do not fit {:?}",
            statement.name,
            statement.args
        );
        let mut prepared = self.connection.prepare_cached(statement.sql).map_err(|e| engine(statement, e))?;
        prepared.raw_bind_parameter(statement.account_at(), self.account_no).map_err(|e| engine(statement, e))?;
        for ((at, _), arg) in statement.given().zip(args) {
            match arg {
                Arg::Int(v) => prepared.raw_bind_parameter(at, v),
                Arg::Text(v) => prepared.raw_bind_parameter(at, v),
                Arg::Blob(v) => prepared.raw_bind_parameter(at, v),
                Arg::OptInt(v) => prepared.raw_bind_parameter(at, v),
                Arg::OptText(v) => prepared.raw_bind_parameter(at, v),
            }
            .map_err(|e| engine(statement, e))?;
        }
        Ok(prepared)
    }
}

/// An error of the engine in the store's terms. Unique indexes are the second line: functions look first, to name what is in conflict.
fn engine(statement: &Statement, error: rusqlite::Error) -> StoreError {
    use rusqlite::ffi;
    match &error {
        rusqlite::Error::SqliteFailure(code, _)
            if matches!(code.extended_code, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) =>
        {
            StoreError::Conflict { noun: "row", field: "key", value: String::new() }
        }
        rusqlite::Error::SqliteFailure(code, _) if code.code == ErrorCode::DatabaseCorrupt => {
            StoreError::corrupt("database", statement.name, error)
        }
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => StoreError::corrupt("row", statement.name, error),
        _ => StoreError::unavailable(EngineError { statement: statement.name, source: error }),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{statement} failed")]
struct EngineError {
    statement: &'static str,
    source: rusqlite::Error,
}

/// A count or position as it is handed out; never negative in the tables.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
/// A count or position as it is bound.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
/// Booleans are 0 and 1.
pub(crate) fn flag(value: bool) -> i64 {
    i64::from(value)
}
