//! What an Allow policy demands beside its rules: a purpose, an approval. Met by the person's standing only, never by who they are.

use model::{Timestamp, access_grant::Standing};

use crate::{Ask, compiled::Policy, scene::Scene};

/// The demands of a policy as far as they decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Demanded {
    pub purpose: bool,
    pub approval: bool,
}

impl Demanded {
    pub const fn is_any(self) -> bool {
        self.purpose || self.approval
    }
}

/// How a policy's demands stand.
pub(crate) enum Met {
    /// All of them, until the grant ends when there has to be one.
    Yes(Option<Timestamp>),
    /// Not all.
    No(Ask),
}

/// Nothing known about somebody's standing, or about whose application it is, is nothing met.
pub(crate) fn met(scene: &Scene<'_>, policy: &Policy) -> Met {
    let demanded = policy.demanded;
    if !demanded.is_any() {
        return Met::Yes(None);
    }
    let known: Option<(&Standing, _)> = scene.facts.standing.zip(scene.set.app);
    let purpose = known.and_then(|(standing, app)| standing.purpose(app, policy.id));
    let grant = known.and_then(|(standing, app)| standing.grant(app, policy.id, scene.facts.request.now));
    let ask = Ask { policy: policy.id, purpose: demanded.purpose && purpose.is_none(), approval: demanded.approval && grant.is_none() };
    if ask.purpose || ask.approval {
        return Met::No(ask);
    }
    Met::Yes(grant.filter(|_| demanded.approval).map(|grant| grant.until))
}
