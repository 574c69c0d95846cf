//! Filters (RFC 7644 section 3.4.2.2): their form, reading and printing them.

mod evaluate;
mod hint;
mod parser;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Number;

use crate::error::ScimError;
use crate::path::AttrPath;

pub use evaluate::{Subject, evaluate};
pub(crate) use evaluate::{date, element_matches};
pub use hint::{Indexed, index_hint};
pub(crate) use parser::parse_path;

/// Longest filter, in bytes.
pub const MAX_LENGTH: usize = 4 * 1024;
/// Deepest nesting of parentheses, `not` and brackets.
pub const MAX_DEPTH: usize = 8;
/// Most comparisons and groups in one filter.
pub const MAX_NODES: usize = 200;

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `path op value`.
    Compare(AttrPath, Operator, Literal),
    /// `path pr`.
    Present(AttrPath),
    /// All of two or more.
    And(Vec<Filter>),
    /// Any of two or more.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// `path[filter]`: one element of the list fulfils the whole inner filter. `path[filter].sub op value`, which
    /// Entra sends, is read as `path[filter and sub op value]`.
    Element(AttrPath, Box<Filter>),
}

/// The comparing operators of RFC 7644 table 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Eq,
    /// Not equal: the opposite of `eq`, so it holds for an absent attribute and for a list without such a value.
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    pub(crate) const ALL: [Self; 9] = [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// Whether it asks for more or less.
    fn is_order(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// The value a filter compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Text(String),
    Number(Number),
    Boolean(bool),
    Null,
}

/// Why a filter was refused, and where: `at` counts bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at position {at}")]
pub struct FilterError {
    pub at: usize,
    pub problem: String,
}

impl From<FilterError> for ScimError {
    fn from(error: FilterError) -> Self {
        Self::invalid_filter(format!("The filter cannot be used: {error}."))
    }
}

impl Filter {
    /// Reads a filter. Operators and literals are caseless (`Eq`, `True`).
    ///
    /// # Errors
    /// What is wrong and where; as an answer it is 400 `invalidFilter`.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text)
    }

    /// How many comparisons it makes at most.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Compare(..) | Self::Present(_) => 1,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::size).sum(),
            Self::Not(inner) | Self::Element(_, inner) => inner.size(),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Number(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(path, operator, literal) => write!(f, "{path} {} {literal}", operator.as_str()),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Element(path, inner) => write!(f, "{path}[{inner}]"),
            Self::And(parts) => joined(f, parts, " and ", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str, bracketed: fn(&Filter) -> bool) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        if bracketed(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}
