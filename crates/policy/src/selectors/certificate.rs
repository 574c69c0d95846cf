//! `certificate`: the client showed a certificate that an authority of the host vouches for.

use crate::{Fact, Facts, Reason, explain::FactUsed, truth::Finding};

pub(super) const fn judge(facts: &Facts<'_>) -> Finding {
    match facts.request.certificate {
        Fact::Known(Some(_)) => Finding::MATCHES,
        Fact::Known(None) => Finding::no(Reason::NoClientCertificate),
        Fact::Unknown => Finding::unknown(Reason::ClientCertificateNotAsked),
    }
}

/// Which certificate it was; also for `common_name`.
pub(super) fn fact(facts: &Facts<'_>) -> FactUsed {
    let value = match facts.request.certificate {
        Fact::Unknown => None,
        Fact::Known(None) => Some("none".to_owned()),
        Fact::Known(Some(shown)) => {
            let name = shown.common_name.map_or_else(|| "without a single common name".to_owned(), |name| format!("for {name:?}"));
            Some(format!("{name}, from authority {}", shown.authority))
        }
    };
    FactUsed::of_request("client-certificate").with_value(value)
}
