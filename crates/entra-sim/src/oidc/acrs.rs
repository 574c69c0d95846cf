//! Owns the `acrs` claim: which authentication contexts a token says are satisfied.
//!
//! Source: "Developer guidance for Conditional Access authentication context".

use super::claims_request::Asked;
use super::conditional_access::{Demand, Verdict, judge};
use super::desk::Account;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::OptionalClaim;
use crate::sim::knobs::Acrs;

/// Whether the application takes contexts it did not ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Only those asked for.
    Asked,
    /// Every one that is satisfied: the optional claim `acrs` is configured.
    Satisfied,
}

impl Taken {
    /// What the optional claims of a token type say.
    pub fn of(claims: &[OptionalClaim]) -> Self {
        if claims.iter().any(|claim| claim.name == "acrs") { Self::Satisfied } else { Self::Asked }
    }
}

/// The contexts that a token carries. A context without a policy, or whose policies leave the person out, is satisfied.
pub fn granted(home: &Directory, mode: Acrs, asked: &Asked, taken: Taken, account: Account, now: Stamp) -> Vec<String> {
    let is_asked = |id: &String| asked.essential.contains(id) || asked.welcome.contains(id);
    let is_satisfied = |id: &String| {
        let contexts = std::slice::from_ref(id);
        judge(home, &Demand { account, targets: &[], contexts, now }) == Verdict::Met
    };
    home.contexts
        .iter()
        .map(|context| &context.id)
        .filter(|id| is_asked(id) || taken == Taken::Satisfied)
        .filter(|id| mode == Acrs::Usual || !is_asked(id))
        .filter(|id| is_satisfied(id))
        .cloned()
        .collect()
}
