//! `everyone`: anyone at all. In an Allow policy still only people who signed in.

use crate::truth::Finding;

pub(super) const fn judge() -> Finding {
    Finding::MATCHES
}
