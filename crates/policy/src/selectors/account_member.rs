//! `cloudflare_account_member`: who signs in is not tied to the account's administrators yet, so nobody's membership is known.

use crate::{Reason, truth::Finding};

pub(super) const fn judge() -> Finding {
    Finding::unknown(Reason::AccountMemberUnavailable)
}
