//! Owns from how many failures on a job is put into quarantine.
//!
//! Source: "Application provisioning in quarantine status".

use serde::{Deserialize, Serialize};

use super::job::Job;

/// The thresholds; tests make them smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// From so many failed objects on, their share counts.
    pub failures: u64,
    /// A larger share than this, in percent, is too much.
    pub share_percent: u64,
    /// More failed objects than this are too many, whatever their share. References do not count.
    pub most_failures: u64,
    /// More failures than this of any kind are too many.
    pub most_of_any_kind: u64,
    /// A job that has been in quarantine for so many days is disabled.
    pub quarantine_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { failures: 5_000, share_percent: 40, most_failures: 40_000, most_of_any_kind: 60_000, quarantine_days: 28 }
    }
}

impl Limits {
    /// Graph's word for what is exceeded. `entitled` is how many objects the job has in scope.
    pub fn exceeded(&self, job: &Job, entitled: u64) -> Option<&'static str> {
        let (failed, references) = (job.escrows.len() as u64, job.reference_escrows.len() as u64);
        if failed + references > self.most_of_any_kind {
            return Some("EncounteredTotalEscrowThreshold");
        }
        if failed > self.most_failures {
            return Some("EncounteredBaseEscrowThreshold");
        }
        let share = failed * 100 > self.share_percent * entitled.max(1);
        (failed >= self.failures && share).then_some("EncounteredEscrowProportionThreshold")
    }
}
