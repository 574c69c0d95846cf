//! `service_token` and `any_valid_service_token`: the request proved a service token.

use model::ServiceTokenId;

use super::Lane;
use crate::{Facts, Reason, truth::Finding};

#[derive(Debug)]
pub(crate) enum ServiceToken {
    Any,
    This(ServiceTokenId),
}

impl ServiceToken {
    pub fn judge(&self, facts: &Facts<'_>, lane: Lane) -> Finding {
        let Some(shown) = facts.request.service_token else {
            return Finding::no(Reason::NoServiceToken);
        };
        let holds = match self {
            Self::Any => true,
            Self::This(wanted) => *wanted == shown,
        };
        match (holds, lane) {
            // A token must neither admit a person by an Allow policy nor be waved through its exclude.
            (true, Lane::Allow) => Finding::unknown(Reason::ServiceTokenNotCounted),
            (true, Lane::WithoutPerson | Lane::Block) => Finding::MATCHES,
            (false, _) => Finding::DIFFERS,
        }
    }
}
