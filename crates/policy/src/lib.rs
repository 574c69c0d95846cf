//! What Access rules mean: `evaluate(set, facts)` says allow, bypass, service auth, deny or sign in first.
//!
//! Pure: no I/O, no clock; the same arguments give the same verdict in production, in tests and in the policy tester.
//! Logic is three-valued (Kleene). A fact that is not known satisfies no allow and skips no block. Rules that wait for
//! a sign-in are *pending*, apart from *unknown*: a sign-in can change the one and never the other.
//!
//! A configuration snapshot is compiled once into one [`PolicySet`] for each application; [`evaluate()`] is the fast
//! verdict for a request, [`explain()`] says the same at length for people with the permission to read it.
#![warn(missing_docs)]

mod blame;
mod compiled;
mod decision;
mod demands;
mod evaluate;
mod explain;
mod facts;
mod groups;
mod in_question;
mod reason;
mod remembered;
mod scene;
mod selectors;
mod truth;

pub use compiled::{GroupsTold, PolicySet, PolicyView, References};
pub use decision::{Ask, Decision, Denial, DenialKind, Outcome, Part, StepUp};
pub use evaluate::{contexts_to_ask, evaluate};
pub use explain::{
    Conclusion, Explanation, FactUsed, GroupExplained, ListsExplained, PolicyExplained, PolicyVerdict, RuleExplained, explain,
};
pub use facts::{Fact, Facts, Presented, RequestFacts};
pub use reason::Reason;
pub use remembered::Remembered;
pub use truth::Truth;
