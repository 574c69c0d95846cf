//! `service_token`: the request proved this service token.

use model::ServiceTokenId;

use super::Lane;
use crate::{Facts, Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Is(ServiceTokenId);

impl Is {
    pub const fn new(token: ServiceTokenId) -> Self {
        Self(token)
    }
    pub fn judge(&self, facts: &Facts<'_>, lane: Lane) -> Finding {
        counted(facts, lane, |shown| shown == self.0)
    }
}

/// What a proven token counts for in policies of a lane.
pub(super) fn counted(facts: &Facts<'_>, lane: Lane, is_wanted: impl Fn(ServiceTokenId) -> bool) -> Finding {
    let Some(shown) = facts.request.service_token else {
        return Finding::no(Reason::NoServiceToken);
    };
    match (is_wanted(shown), lane) {
        // A token must neither admit a person by an Allow policy nor be waved through its exclude.
        (true, Lane::Allow) => Finding::unknown(Reason::ServiceTokenNotCounted),
        (true, Lane::WithoutPerson | Lane::Block) => Finding::MATCHES,
        (false, _) => Finding::DIFFERS,
    }
}
