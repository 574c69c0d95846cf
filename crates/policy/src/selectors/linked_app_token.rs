//! `linked_app_token`: the request carries a token that was issued for another application, which handed it on.

use model::AppId;

use super::Lane;
use crate::{Facts, Reason, explain::FactUsed, truth::Finding};

#[derive(Debug)]
pub(crate) struct Of(AppId);

impl Of {
    pub const fn new(app: AppId) -> Self {
        Self(app)
    }
    pub fn judge(&self, facts: &Facts<'_>, lane: Lane) -> Finding {
        match (facts.request.linked_app, lane) {
            (None, _) => Finding::no(Reason::NoLinkedAppToken),
            (Some(app), _) if app != self.0 => Finding::DIFFERS,
            // As with service tokens: it must neither admit a person by an Allow policy nor be waved through its exclude.
            (Some(_), Lane::Allow) => Finding::unknown(Reason::LinkedAppTokenNotCounted),
            (Some(_), Lane::WithoutPerson | Lane::Block) => Finding::MATCHES,
        }
    }
}

/// Which application's token it was.
pub(super) fn fact(facts: &Facts<'_>) -> FactUsed {
    let value = facts.request.linked_app.map_or_else(|| "none".to_owned(), |app| app.to_string());
    FactUsed::of_request("linked-app-token").with_value(Some(value))
}
