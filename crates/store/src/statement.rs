//! The statement table: every SQL text of the store as a constant that says what goes in and what comes out.
//!
//! The texts keep to what SQLite and PostgreSQL share, so that a second driver changes no caller: values are 64-bit integers, text
//! and bytes; parameters are `$1..$n` and first occur in that order; no function or operator of one engine. The first parameter
//! of every statement is the account's number, bound by [`Reader`](crate::Reader) itself. `statement/tests.rs` prepares each text and holds it
//! against its declaration.

pub mod feed;
pub mod groups;
pub mod logs;
pub mod objects;
pub mod provisioned;
pub mod sessions;
pub mod users;

#[cfg(test)]
mod tests;

/// What a parameter or column holds. The optional ones may be NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// 64-bit integer.
    Int,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// 64-bit integer or NULL.
    OptInt,
    /// Text or NULL.
    OptText,
}

/// A named parameter or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its name; for a column the name that the engine reports.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// One statement.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Module and constant, for logs and errors.
    pub name: &'static str,
    /// The text.
    pub sql: &'static str,
    /// Parameters `$2..`; `$1` is the account's number.
    pub args: &'static [Slot],
    /// Columns of each row; empty when it returns none.
    pub cols: &'static [Slot],
}

/// Declares statements: `NAME(args) -> (columns) = "text";`, and `ALL`, the list of them.
macro_rules! statements {
    ($( $(#[$doc:meta])* $name:ident ( $($arg:ident : $arg_holds:ident),* $(,)? ) -> ( $($col:ident : $col_holds:ident),* $(,)? ) = $sql:literal; )*) => {
        $(
            $(#[$doc])*
            pub const $name: $crate::statement::Statement = $crate::statement::Statement {
                name: concat!(module_path!(), "::", stringify!($name)),
                sql: $sql,
                args: &[$($crate::statement::Slot { name: stringify!($arg), holds: $crate::statement::Holds::$arg_holds }),*],
                cols: &[$($crate::statement::Slot { name: stringify!($col), holds: $crate::statement::Holds::$col_holds }),*],
            };
        )*
        /// Every statement of this file.
        #[cfg(test)]
        pub const ALL: &[$crate::statement::Statement] = &[$($name),*];
    };
}
use statements;
