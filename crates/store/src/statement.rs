//! The statement table: every SQL text of the store as a constant that says what goes in and what comes out.
//!
//! The texts keep to what SQLite and PostgreSQL share, so that a second driver changes no caller: values are 64-bit integers, text
//! and bytes; parameters are `$1..$n` and first occur in that order (SQLite counts them by first appearance); no function or operator of
//! one engine. One parameter of every statement is the account's number, bound by [`Reader`](crate::Reader) itself: `$1`, unless the
//! declaration names another place for it, as an UPDATE must. `statement/tests.rs` prepares each text and holds it against its declaration.

pub mod checks;
pub mod expanded;
pub mod favourites;
pub mod feed;
pub mod grants;
pub mod groups;
pub mod held;
pub mod logs;
pub mod objects;
pub mod populations;
pub mod provisioned;
pub mod provisioning_log;
pub mod seats;
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
    /// The account's number; callers leave it out.
    Account,
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
    /// Parameters in order; when none of them is the account's number, that is `$1` and these begin at `$2`.
    pub args: &'static [Slot],
    /// Columns of each row; empty when it returns none.
    pub cols: &'static [Slot],
}

impl Statement {
    /// Position of the account's number among all parameters, counted from 1.
    pub fn account_at(&self) -> usize {
        self.args.iter().position(|slot| slot.holds == Holds::Account).map_or(1, |at| at + 1)
    }
    /// The parameters that callers give, with their positions, counted from 1.
    pub fn given(&self) -> impl Iterator<Item = (usize, Slot)> {
        let account = self.account_at();
        let slots = self.args.iter().copied().filter(|slot| slot.holds != Holds::Account);
        (1..).filter(move |at| *at != account).zip(slots)
    }
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
