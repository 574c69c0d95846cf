//! `auth_context`: an authentication context of Conditional Access that the provider says is satisfied.
//!
//! The token's word counts (`acrs`), never the fact of having asked. A context that nobody asked for is unknown: the
//! provider names unasked ones only to applications that opted in.

use model::{IdpId, auth_context::ContextId, identity::Identity};

use crate::{Facts, Reason, explain::FactUsed, scene::Supposed, truth::Finding};

#[derive(Debug)]
pub(crate) struct Satisfied {
    context: ContextId,
    idp: IdpId,
}

impl Satisfied {
    /// `None` when the text names no context.
    pub fn new(context: &str, idp: IdpId) -> Option<Self> {
        Some(Self { context: context.parse().ok()?, idp })
    }
    pub const fn context(&self) -> (IdpId, ContextId) {
        (self.idp, self.context)
    }

    pub fn judge(&self, identity: &Identity, supposed: Supposed) -> Finding {
        if identity.idp != self.idp {
            return Finding::no(Reason::OtherProvider);
        }
        match identity.contexts.satisfied(self.context) {
            Some(true) => Finding::MATCHES,
            Some(false) => Finding::no(Reason::AuthenticationContextNotGranted),
            None => match supposed {
                Supposed::Granted(granted) if granted.contains(self.context) => Finding::MATCHES,
                _ => Finding::unknown(Reason::AuthenticationContextNotAsked),
            },
        }
    }

    /// What it says of somebody who is about to come through this provider.
    pub fn judge_arrival(&self, supposed: Supposed) -> Finding {
        match supposed {
            Supposed::Arriving { idp, .. } if idp != self.idp => Finding::no(Reason::OtherProvider),
            Supposed::Arriving { lacking: Some((context, truth)), .. } if context == self.context => {
                Finding { truth, reason: Reason::AuthenticationContextNotAsked }
            }
            _ => Finding::PENDING,
        }
    }

    /// Where the context was granted, and how long ago.
    pub fn fact(&self, facts: &Facts<'_>) -> Option<FactUsed> {
        let identity = facts.identity?;
        let held = identity.contexts.held.iter().find(|held| held.id == self.context);
        let (source, at) = held.map_or(("none", identity.signed_in_at), |held| ("token", held.at));
        Some(FactUsed::of_person("authentication-context", source, facts.request.now.secs_since(at)))
    }
}
