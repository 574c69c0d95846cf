//! One judgement's whole view: the policies, the facts, and what is supposed about authentication contexts.

use model::{
    IdpId, PolicyId,
    auth_context::{ContextId, ContextSet},
};

use crate::{Facts, PolicySet, StepUp, Truth};

/// What a rule is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub set: &'a PolicySet,
    pub facts: &'a Facts<'a>,
    pub supposed: Supposed,
}

/// Suppositions beside the facts. Only questions of the kind "what if" have one; a verdict never rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supposed {
    /// Nothing.
    Nothing,
    /// The person is granted these contexts where they were never asked for.
    Granted(ContextSet),
    /// Nobody is there yet; whoever comes, comes through this provider, and of this context this will be known.
    Arriving { idp: IdpId, lacking: Option<(ContextId, Truth)> },
}

impl<'a> Scene<'a> {
    pub const fn new(set: &'a PolicySet, facts: &'a Facts<'a>) -> Self {
        Self { set, facts, supposed: Supposed::Nothing }
    }
    pub const fn supposing(self, supposed: Supposed) -> Self {
        Self { supposed, ..self }
    }

    /// The least that the person's provider must grant so that a policy lets them in.
    ///
    /// `opens` says which Allow policy applies first when these contexts are granted. To grant more only makes more
    /// known, and what is known stays: so when the contexts that were never asked for do not open all together, no
    /// choice of them does, and taking them away one by one ends at a set of which none can be spared.
    pub fn least(&self, opens: impl Fn(Self) -> Option<PolicyId>) -> Option<StepUp> {
        let identity = self.facts.identity?;
        let unasked: ContextSet = self.set.contexts(&identity.idp).iter().filter(|id| identity.contexts.satisfied(*id).is_none()).collect();
        if unasked.is_empty() {
            return None;
        }
        let opens = |granted| opens(self.supposing(Supposed::Granted(granted)));
        let policy = opens(unasked)?;
        let spare = |needed: ContextSet, id| {
            let fewer = needed.without(id);
            if opens(fewer) == Some(policy) { fewer } else { needed }
        };
        Some(StepUp { idp: identity.idp, policy, contexts: unasked.iter().rev().fold(unasked, spare) })
    }
}
