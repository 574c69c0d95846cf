//! Owns how requests are written and how patient their sender is: what Microsoft's documents leave open is a switch here.

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;

/// How a space in a query is written; both have been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spaces {
    /// `+`
    #[default]
    Plus,
    /// `%20`
    Percent,
}

/// What happens to a quotation mark in a value that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// It breaks the filter, as Microsoft's known issues say; the object fails.
    #[default]
    Raw,
    /// It is escaped (RFC 7644, 3.4.2.2).
    Escaped,
}

/// Which references are asked for before they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceChecks {
    /// None.
    None,
    /// Managers.
    #[default]
    Managers,
    /// Managers, and each member of a group.
    All,
}

/// Whether the flag of the tenant URL stays in the requests' URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagQuery {
    /// The endpoint never sees it.
    #[default]
    Taken,
    /// Every request carries it.
    Kept,
}

/// `active` in the default dialect; two of Microsoft's pages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booleans {
    /// `"False"`
    #[default]
    Text,
    /// `false`
    Json,
}

/// A manager in the default dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerForm {
    /// The bare id at the extension's path.
    #[default]
    Text,
    /// The older form: path `manager`, a list of one object.
    List,
}

/// Whether a `Retry-After` is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// As long as it says, bounded by `longest_wait_seconds`.
    #[default]
    Honoured,
    /// Not: the call is repeated after the usual pause.
    Ignored,
}

/// The switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wire {
    /// Spaces in queries.
    pub spaces: Spaces,
    /// Quotation marks in filters.
    pub quoting: Quoting,
    /// References asked for before they are written.
    pub reference_checks: ReferenceChecks,
    /// The flag of the tenant URL.
    pub flag: FlagQuery,
    /// The dialect of tenant URLs without a flag.
    pub default_dialect: Dialect,
    /// `active` in the default dialect.
    pub booleans: Booleans,
    /// Managers in the default dialect.
    pub manager: ManagerForm,
    /// `User-Agent`; none unless told.
    pub user_agent: Option<String>,
    /// `Accept`; `*/*` unless told.
    pub accept: Option<String>,
    /// 429 and 503 with a time to wait.
    pub retry_after: RetryAfter,
    /// Longest wait that a `Retry-After` gets, in seconds.
    pub longest_wait_seconds: u64,
    /// How often a call is repeated that was throttled, met trouble or got no answer.
    pub repeats: u32,
    /// Milliseconds before the first repetition; each further one waits twice as long.
    pub pause_millis: u64,
    /// Milliseconds that one call may take.
    pub patience_millis: u64,
    /// Members in one PATCH.
    pub members_per_request: usize,
    /// Calls to the SCIM endpoint at a time.
    pub at_once: usize,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            spaces: Spaces::default(),
            quoting: Quoting::default(),
            reference_checks: ReferenceChecks::default(),
            flag: FlagQuery::default(),
            default_dialect: Dialect::Usual,
            booleans: Booleans::default(),
            manager: ManagerForm::default(),
            user_agent: None,
            accept: None,
            retry_after: RetryAfter::default(),
            longest_wait_seconds: 5,
            repeats: 3,
            pause_millis: 100,
            patience_millis: 9_000,
            members_per_request: 20,
            at_once: 8,
        }
    }
}

impl Wire {
    /// Refuses what cannot work.
    pub fn check(&self) -> Result<(), &'static str> {
        let header = |text: &Option<String>| text.as_ref().is_none_or(|text| reqwest::header::HeaderValue::from_str(text).is_ok());
        if !header(&self.user_agent) || !header(&self.accept) {
            return Err("user_agent and accept must be header values");
        }
        if !(1..=1_000).contains(&self.members_per_request) || !(1..=256).contains(&self.at_once) {
            return Err("members_per_request must be 1 to 1000, at_once 1 to 256");
        }
        if self.repeats > 10 || self.pause_millis > 10_000 || self.longest_wait_seconds > 60 {
            return Err("repeats must be at most 10, pause_millis at most 10000, longest_wait_seconds at most 60");
        }
        if !(10..=60_000).contains(&self.patience_millis) {
            return Err("patience_millis must be 10 to 60000");
        }
        Ok(())
    }
}
