//! `ip`: the client's address lies in a network.

use model::rule::IpRange;

use crate::{Facts, Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Within(IpRange);

impl Within {
    pub fn new(range: &IpRange) -> Self {
        Self(range.clone())
    }
    pub fn judge(&self, facts: &Facts<'_>) -> Finding {
        match facts.request.ip {
            Some(ip) => Finding::when(self.0.contains(ip)),
            None => Finding::unknown(Reason::AddressUnknown),
        }
    }
}
