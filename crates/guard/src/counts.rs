//! What the guard did, for metrics: numbers of rare and slow things only. A request whose token is known touches none of them.

use std::collections::BTreeMap;

use model::{IdpId, measure::Count};
use parking_lot::Mutex;

/// How a sign-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignIn {
    /// Somebody was let in.
    Allowed,
    /// The policies refused.
    Refused,
    /// It failed before any policy was asked.
    Failed,
}

impl SignIn {
    /// The word for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The numbers since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Tokens that were not known yet: their signature was checked.
    pub signatures: Count,
    /// Sign-ins by login method and outcome; there are as many login methods as were configured.
    sign_ins: Mutex<BTreeMap<(Option<IdpId>, SignIn), u64>>,
}

impl Counts {
    pub(crate) fn sign_in(&self, idp: Option<IdpId>, outcome: SignIn) {
        *self.sign_ins.lock().entry((idp, outcome)).or_default() += 1;
    }
    /// Sign-ins by login method, where one was told, and outcome.
    pub fn sign_ins(&self) -> Vec<((Option<IdpId>, SignIn), u64)> {
        self.sign_ins.lock().iter().map(|(key, count)| (*key, *count)).collect()
    }
}
