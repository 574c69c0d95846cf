//! `gsuite`: groups of Google Workspace: there are no such providers yet, so nobody's are known.

use crate::{Reason, truth::Finding};

pub(super) const fn judge() -> Finding {
    Finding::unknown(Reason::GoogleWorkspaceUnavailable)
}
