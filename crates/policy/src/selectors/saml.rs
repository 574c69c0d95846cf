//! `saml`: SAML attributes: there are no SAML providers yet, so nobody's are known.

use crate::{Reason, truth::Finding};

pub(super) const fn judge() -> Finding {
    Finding::unknown(Reason::SamlUnavailable)
}
