//! What the *Test* of a login method tells: a real sign-in, read for its set-up. Pure: the sign-in was done before.

mod person;
mod rights;
mod said;

pub use said::Said;

use model::{Timestamp, idp::IdpConfig};
use serde_json::Value;

use crate::{
    SignInError, SignedIn,
    entra::{Finding, known},
    error::tame,
};

/// How a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialState {
    /// Nothing came back yet.
    Waiting,
    /// The sign-in came back and stood up to every check.
    Passed,
    /// The sign-in came back with a fault.
    Failed,
}

impl TrialState {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// A test with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialReport {
    /// How it stands.
    pub state: TrialState,
    /// When it was started.
    pub begun_at: Timestamp,
    /// When something came back.
    pub finished_at: Option<Timestamp>,
    /// Until when it is kept.
    pub forgotten_at: Timestamp,
    /// What was found, the most important first.
    pub findings: Vec<Finding>,
    /// The identity as get-identity gives it, when the test passed.
    pub identity: Option<Value>,
    /// Address and parameters of the authorize request, without one-time values.
    pub sent: Vec<(String, String)>,
    /// What the provider said, when it said no.
    pub said: Option<Said>,
}

/// What a sign-in that worked tells: who was read and from where, and what every missing permission costs.
pub fn findings(config: &IdpConfig, asked_scopes: &[&str], signed_in: &SignedIn) -> Vec<Finding> {
    let mut out = person::findings(config, signed_in);
    out.extend(rights::findings(config, asked_scopes, signed_in));
    out
}

/// What a sign-in that failed tells.
pub fn fault(error: &SignInError) -> Finding {
    let (code, text) = match error {
        SignInError::Refused(refusal) => {
            let row = refusal.code.and_then(|code| known().find(|row| row.codes.contains(&code)));
            let text = format!("{} ({})", refusal.cause, refusal.label());
            (row.and_then(|row| row.finding).unwrap_or("provider-refused"), text)
        }
        SignInError::Down { what, .. } => ("provider-down", format!("{what} did not answer")),
        SignInError::Nonsense { what, .. } => ("answer-unusable", format!("{what} answered something that cannot be used")),
        SignInError::Mismatch(why) => ("answer-mismatch", format!("the answer does not belong to this sign-in: {}", tame(why))),
        SignInError::NoEmail(looked_at) => ("no-email", format!("no usable e-mail address: {}", tame(&looked_at.join("; ")))),
    };
    Finding::fault(code, text, error.fix())
}

fn ok(code: &'static str, text: impl Into<String>) -> Finding {
    Finding::ok(code, text)
}
fn note(code: &'static str, text: impl Into<String>) -> Finding {
    Finding::note(code, text)
}
fn warning(code: &'static str, text: impl Into<String>, fix: &str) -> Finding {
    Finding::warning(code, text, fix)
}

#[cfg(test)]
mod tests;
