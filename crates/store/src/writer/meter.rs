//! What the writer did, for metrics.

use model::measure::{Count, Durations};

/// Counted by the writer alone.
#[derive(Debug, Default)]
pub struct Meter {
    /// Group commits, from the first mutation to the commit.
    pub commits: Durations,
    /// From a commit to everybody who follows having applied it: how long a revocation takes to be in force.
    pub applied: Durations,
    /// Transactions of which nothing was kept.
    pub failed: Count,
    /// Decisions written.
    pub records: Count,
}
