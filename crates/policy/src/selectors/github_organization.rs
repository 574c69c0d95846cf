//! `github-organization`: there are no GitHub providers yet, so nobody's organisations and teams are known.

use crate::{Reason, truth::Finding};

pub(super) const fn judge() -> Finding {
    Finding::unknown(Reason::GithubUnavailable)
}
