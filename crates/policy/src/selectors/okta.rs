//! `okta`: Okta groups: there are no Okta providers yet, so nobody's are known.

use crate::{Reason, truth::Finding};

pub(super) const fn judge() -> Finding {
    Finding::unknown(Reason::OktaUnavailable)
}
