//! `[logs]`: form and level of the log, and how long records are kept.

mod access;

use std::path::Path;

pub use access::{AccessLog, AccessTarget, LineForm, LoggedQuery, SyslogAddress};

use super::Section;

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl LogFormat {
    fn parse(s: &str) -> Result<Self, String> {
        match s {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            other => Err(format!("{other:?} is not a log format: json or text")),
        }
    }
}

/// Logging and retention.
#[derive(Debug, Clone)]
pub struct Logs {
    /// Form.
    pub format: LogFormat,
    /// Filter, for example `info` or `info,proxy=debug`.
    pub level: String,
    /// Where a line for each request goes.
    pub access: Vec<AccessLog>,
    /// Days that access decisions are kept.
    pub decision_days: i64,
    /// At most so many access decisions.
    pub most_decisions: u64,
    /// Days that administrators' changes are kept.
    pub audit_days: i64,
    /// At most so many administrators' changes.
    pub most_changes: u64,
    /// Days that writes of provisioning clients are kept.
    pub provisioning_days: i64,
    /// At most so many writes of provisioning clients.
    pub most_provisioning: u64,
    /// At most so many mebibytes of them, roughly.
    pub provisioning_mib: u64,
    /// What becomes of requests whose decision cannot be written down.
    pub unrecorded: guard::Unrecorded,
}

impl Logs {
    pub(super) fn read(section: &mut Section, base: &Path) -> Self {
        let format = section.text("format", LogFormat::parse).unwrap_or(LogFormat::Json);
        let unrecorded = section.text("unrecorded_decisions", |s| match s {
            "go_on" => Ok(guard::Unrecorded::GoOn),
            "refuse" => Ok(guard::Unrecorded::Refuse),
            other => Err(format!("{other:?} is not known: go_on lets such requests in, refuse does not")),
        });
        let level = section.text("level", |s| {
            s.parse::<tracing_subscriber::EnvFilter>().map(|_| s.to_owned()).map_err(|e| format!("{s:?} is not a log filter: {e}"))
        });
        Self {
            format,
            access: access::read(section, format, base),
            level: level.unwrap_or_else(|| "info".into()),
            decision_days: section.number("decision_days", 1..=3650).unwrap_or(90),
            most_decisions: most(section, "most_decisions", 1000..=100_000_000, 1_000_000),
            audit_days: section.number("audit_days", 1..=36_500).unwrap_or(730),
            most_changes: most(section, "most_changes", 1000..=100_000_000, 1_000_000),
            provisioning_days: section.number("provisioning_days", 1..=3650).unwrap_or(90),
            most_provisioning: most(section, "most_provisioning", 1000..=10_000_000, 1_000_000),
            provisioning_mib: most(section, "provisioning_mib", 16..=1_048_576, 2048),
            unrecorded: unrecorded.unwrap_or_default(),
        }
    }
}

fn most(section: &mut Section, key: &'static str, range: std::ops::RangeInclusive<i64>, default: u64) -> u64 {
    section.number(key, range).and_then(|n| u64::try_from(n).ok()).unwrap_or(default)
}
