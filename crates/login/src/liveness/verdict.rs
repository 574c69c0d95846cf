//! What a provider's answer means for a session. Pure.

use std::collections::BTreeSet;

use idp::{RefreshError, Refreshed, Refusal, SignInError};
use model::{
    ObjectId, Secret, Timestamp,
    identity::Groups,
    liveness::{CheckOutcome, SessionCheck},
    session::RevokeReason,
};
use serde_json::{Value, json};

use super::named::{Compared, compare};

/// Codes that say that the account itself is gone or switched off, whichever sign-in is asked about. Beyond the session at hand they
/// end the person's others; a code that is not among them only means that those are asked about one by one.
const ACCOUNT_GONE: [u32; 3] = [50_057, 50_034, 500_341];

/// What happens to the session.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It lives on, and is asked about again.
    Lives {
        /// What the check found.
        outcome: CheckOutcome,
        /// The refresh token to use from now on, when a new one came.
        renewed: Option<Secret>,
        /// Why nothing was learnt, for the log.
        trouble: Option<String>,
        /// Whether others of this provider will hardly fare better now.
        provider: Provider,
    },
    /// It ends.
    Ends {
        /// The stored reason.
        why: RevokeReason,
        /// Whose sessions end.
        whose: Whose,
        /// The record in the access log.
        record: Value,
    },
}

/// What an answer says about the provider as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// It answers.
    Answers,
    /// It is out of reach, throttles, or refuses doorward itself.
    Silent,
}

/// How far an end reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This session's.
    Session,
    /// All of the person.
    Person,
}

/// Against what an answer is held.
pub(super) struct Known<'a> {
    /// Groups as of the sign-in.
    pub groups: &'a Groups,
    /// The groups that rules name.
    pub named: &'a BTreeSet<ObjectId>,
    /// How the checks stood before this one.
    pub check: &'a SessionCheck,
    /// How long a session lives on without an answer.
    pub grace_seconds: u32,
    /// Now.
    pub now: Timestamp,
}

/// Judges an answer.
pub(super) fn judge(answer: Result<Refreshed, RefreshError>, known: &Known<'_>) -> Verdict {
    match answer {
        Ok(refreshed) => match compare(known.groups, &refreshed.groups, known.named) {
            Compared::Same => {
                let renewed = refreshed.refresh_token;
                Verdict::Lives { outcome: CheckOutcome::Good, renewed, trouble: None, provider: Provider::Answers }
            }
            Compared::Changed { left, joined } => Verdict::Ends {
                why: RevokeReason::GroupChange,
                whose: Whose::Session,
                record: json!({ "outcome": "session-ended", "reason": RevokeReason::GroupChange.as_str(),
                    "left": texts(&left), "joined": texts(&joined) }),
            },
            Compared::NotTold(reason) => {
                let trouble = format!("groups that rules name are not known: {}", reason.as_str());
                in_doubt(CheckOutcome::GroupsUnknown, refreshed.refresh_token, trouble, Provider::Answers, known)
            }
        },
        Err(RefreshError::Revoked(refusal)) => revoked(&refusal),
        Err(RefreshError::Transient(error)) => {
            let provider = match &error {
                SignInError::Down { .. } | SignInError::Refused(_) => Provider::Silent,
                SignInError::Nonsense { .. } | SignInError::Mismatch(_) | SignInError::NoEmail(_) => Provider::Answers,
            };
            in_doubt(CheckOutcome::Unreachable, None, error.to_string(), provider, known)
        }
    }
}

fn revoked(refusal: &Refusal) -> Verdict {
    let gone = refusal.code.is_some_and(|code| ACCOUNT_GONE.contains(&code));
    Verdict::Ends {
        why: RevokeReason::ProviderRevoked,
        whose: if gone { Whose::Person } else { Whose::Session },
        record: json!({ "outcome": "session-ended", "reason": RevokeReason::ProviderRevoked.as_str(), "code": refusal.label(),
            "cause": refusal.cause, "fix": refusal.fix, "detail": refusal.detail }),
    }
}

/// Nothing certain was learnt: the session lives until the grace is over.
fn in_doubt(outcome: CheckOutcome, renewed: Option<Secret>, trouble: String, provider: Provider, known: &Known<'_>) -> Verdict {
    let since = known.check.failing_since.unwrap_or(known.now);
    if known.now.secs_since(since) < i64::from(known.grace_seconds) {
        return Verdict::Lives { outcome, renewed, trouble: Some(trouble), provider };
    }
    Verdict::Ends { why: RevokeReason::ProviderSilent, whose: Whose::Session, record: silent(since, &trouble) }
}

/// The record of a session that ends because nothing could be learnt for too long.
pub(super) fn silent(since: Timestamp, trouble: &str) -> Value {
    json!({ "outcome": "session-ended", "reason": RevokeReason::ProviderSilent.as_str(), "since": since.rfc3339(), "detail": trouble })
}

fn texts(ids: &[ObjectId]) -> Vec<String> {
    ids.iter().map(ObjectId::to_string).collect()
}

#[cfg(test)]
mod tests;
