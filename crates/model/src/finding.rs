//! What a look at a set-up brought to light: one thing a finding, the same in the API, in the command and on pages.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How much a finding matters; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing to do, or something that only a person can compare.
    Note,
    /// It could not be found out; the fix says what would make it known.
    Unknown,
    /// Works today and may not tomorrow, or works in part.
    Warning,
    /// Signing in fails until it is mended.
    Fault,
}

impl Severity {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was looked at. Holds no secret, no token and no text that a provider wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name, kebab-case.
    pub code: Cow<'static, str>,
    /// Which of several it is about, when there are several of its code: a permission's use, a person, an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What was found, naming the value.
    pub text: String,
    /// What to do, when there is something to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// An address at which it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Days until something ends, for what ends; negative when it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
}

/// One look at a set-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When.
    pub at: Timestamp,
    /// What was found, in the order of looking.
    pub findings: Vec<Finding>,
}

impl Finding {
    /// A finding without more than its text.
    pub fn new(code: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, code: Cow::Borrowed(code), about: None, text: text.into(), fix: None, link: None, days_left: None }
    }
    /// As it should be.
    pub fn ok(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Ok, text)
    }
    /// Worth knowing.
    pub fn note(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, text)
    }
    /// Could not be found out; `fix` says what would make it known.
    pub fn unknown(code: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(code, Severity::Unknown, text).with_fix(fix)
    }
    /// Works today, or in part.
    pub fn warning(code: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, text).with_fix(fix)
    }
    /// Signing in fails.
    pub fn fault(code: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(code, Severity::Fault, text).with_fix(fix)
    }
    /// The same with what to do.
    #[must_use]
    pub fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
    /// The same, about one of several.
    #[must_use]
    pub fn about(self, what: impl Into<String>) -> Self {
        Self { about: Some(what.into()), ..self }
    }
    /// The same with the address at which it is done.
    #[must_use]
    pub fn with_link(self, link: impl Into<String>) -> Self {
        Self { link: Some(link.into()), ..self }
    }
    /// The same with the days that are left.
    #[must_use]
    pub fn ending_in(self, days: i64) -> Self {
        Self { days_left: Some(days), ..self }
    }
}
