//! Owns starting a job over: what a restart throws away.
//!
//! Source: "synchronizationJob: restart", `synchronizationJobRestartCriteria`.

use super::job::{Deletions, Job};

/// A word of `resetScope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// What was sent, not whom it was sent to: the next cycle is an initial one.
    Watermark,
    /// Objects that wait after failures.
    Escrows,
    /// The quarantine.
    QuarantineState,
    /// The links between both sides.
    ConnectorDataStore,
    /// The next cycle may delete as many as it has to.
    ForceDeletes,
}

/// What happens when a restart says nothing, and when mappings or scope change.
pub const USUAL: [Reset; 3] = [Reset::Watermark, Reset::Escrows, Reset::QuarantineState];

/// Reads a `resetScope`: words with commas between them. `Full` is everything but `ForceDeletes`.
pub fn read(text: &str) -> Result<Vec<Reset>, String> {
    let mut resets = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word.to_ascii_lowercase().as_str() {
            "none" => {}
            "full" => resets.extend([Reset::Watermark, Reset::Escrows, Reset::QuarantineState, Reset::ConnectorDataStore]),
            "watermark" => resets.push(Reset::Watermark),
            "escrows" => resets.push(Reset::Escrows),
            "quarantinestate" => resets.push(Reset::QuarantineState),
            "connectordatastore" => resets.push(Reset::ConnectorDataStore),
            "forcedeletes" => resets.push(Reset::ForceDeletes),
            _ => return Err(word.to_owned()),
        }
    }
    Ok(resets)
}

/// Throws away what is named.
pub fn reset(job: &mut Job, resets: &[Reset]) {
    for reset in resets {
        match reset {
            Reset::Watermark => {
                job.steady = false;
                job.steady_first = None;
                job.steady_last = None;
                for link in job.links.values_mut() {
                    link.sent.retain(|path, _| path == "active");
                    link.members.clear();
                }
            }
            Reset::Escrows => {
                job.escrows.clear();
                job.reference_escrows.clear();
            }
            Reset::QuarantineState => {
                job.quarantine = None;
                job.failures = 0;
            }
            Reset::ConnectorDataStore => job.links.clear(),
            Reset::ForceDeletes => job.deletions = Deletions::Allowed,
        }
    }
}
