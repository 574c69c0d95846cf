//! `email_domain`: the part after the `@` and nothing else; a subdomain is another domain.

use model::{email::is_domain, identity::Identity};

use super::email::trusted;
use crate::{Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Is(Box<str>);

impl Is {
    /// `None` when the text is no domain: such a rule must not quietly be false.
    pub fn new(domain: &str) -> Option<Self> {
        is_domain(domain).then(|| Self(domain.to_ascii_lowercase().into()))
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if trusted(identity) {
            Finding::when(identity.email.domain().eq_ignore_ascii_case(&self.0))
        } else {
            Finding::unknown(Reason::EmailUnverified)
        }
    }
}
