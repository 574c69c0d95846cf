//! `common_name`: the client certificate is for this name, letter by letter.

use super::certificate;
use crate::{Fact, Facts, Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Is(Box<str>);

impl Is {
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }
    pub fn judge(&self, facts: &Facts<'_>) -> Finding {
        match facts.request.certificate {
            Fact::Known(Some(shown)) => match shown.common_name {
                Some(name) => Finding::when(name == &*self.0),
                None => Finding::unknown(Reason::CommonNameUnclear),
            },
            Fact::Known(None) | Fact::Unknown => certificate::judge(facts),
        }
    }
}
