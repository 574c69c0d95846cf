//! `geo`: the country of the client's address.

use model::rule::CountryCode;

use crate::{Fact, Facts, Reason, truth::Finding};

/// What geolocation says when it does not know.
const NO_COUNTRY: &str = "XX";

#[derive(Debug)]
pub(crate) struct Is(CountryCode);

impl Is {
    pub fn new(country: &CountryCode) -> Self {
        Self(country.clone())
    }
    pub fn judge(&self, facts: &Facts<'_>) -> Finding {
        match facts.request.country {
            Fact::Known(country) if !country.eq_ignore_ascii_case(NO_COUNTRY) => {
                Finding::when(country.eq_ignore_ascii_case(self.0.as_str()))
            }
            Fact::Known(_) | Fact::Unknown => Finding::unknown(Reason::CountryUnknown),
        }
    }
}
