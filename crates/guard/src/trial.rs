//! Trying policies: the evaluator of requests, over policies that are not in force, from facts that were recorded or are assumed.
//!
//! There is no second logic: what is tried is compiled and judged as requests are.

mod people;

use std::sync::Arc;

use model::{AppId, Timestamp, access_policy::AccessPolicy, judged::Judged};
use policy::{Decision, Explanation, GroupsTold, Outcome, PolicySet, PolicyVerdict, References};
use store::Snapshot;

use crate::{compiled::CompiledApp, judged};

pub use people::{Assumed, Candidate, Origin, People, Shown};

/// Policies to try, in order, compiled.
pub struct Tried {
    set: PolicySet,
}

/// What trying came to for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Let in.
    Approved,
    /// Refused, with everything known that it hangs on.
    Blocked,
    /// It hangs on a fact that is not known: a sign-in may bring it, or the person is asked for more. Until then the door stays closed.
    Undecided,
}

impl Tried {
    /// Compiles policies, which need not be those of an application. `told`: for people who never signed in.
    pub fn new(policies: &[Arc<AccessPolicy>], snapshot: &Snapshot, told: Option<&GroupsTold>) -> Self {
        let references = References { groups: &snapshot.access_groups, posture: &snapshot.posture_rules, lists: &snapshot.lists, told };
        Self { set: PolicySet::compile(&policies.iter().map(AsRef::as_ref).collect::<Vec<_>>(), &references) }
    }
    /// As policies of this application, so that what is granted for it counts.
    #[must_use]
    pub fn of(self, app: AppId) -> Self {
        Self { set: self.set.of(app) }
    }
    /// The verdict.
    pub fn decide(&self, facts: &Judged, now: Timestamp) -> Decision {
        decide(&self.set, facts, now)
    }
    /// The verdict at length.
    pub fn explain(&self, facts: &Judged, now: Timestamp) -> Explanation {
        policy::explain(&self.set, &judged::facts(facts, &facts.readings(), now))
    }
    /// What it comes to.
    pub fn result(&self, facts: &Judged, now: Timestamp) -> Trial {
        match self.decide(facts, now).outcome {
            outcome if outcome.is_open() => Trial::Approved,
            Outcome::Deny(_) if !hangs_on_unknown(&self.explain(facts, now)) => Trial::Blocked,
            _ => Trial::Undecided,
        }
    }
}

/// The verdict of an application's policies on recorded facts.
pub fn decide_again(app: &CompiledApp, facts: &Judged, now: Timestamp) -> Decision {
    decide(&app.set, facts, now)
}

/// The same at length.
pub fn explain_again(app: &CompiledApp, facts: &Judged, now: Timestamp) -> Explanation {
    policy::explain(&app.set, &judged::facts(facts, &facts.readings(), now))
}

fn decide(set: &PolicySet, facts: &Judged, now: Timestamp) -> Decision {
    policy::evaluate(set, &judged::facts(facts, &facts.readings(), now))
}

/// True when some policy that was asked could not be judged: with the fact at hand, the refusal might be none.
fn hangs_on_unknown(explanation: &Explanation) -> bool {
    explanation.policies.iter().any(|policy| policy.asked && policy.verdict == PolicyVerdict::Unknown)
}
