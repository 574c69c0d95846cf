//! `[operation]`: where the machine's own watchers ask, apart from the addresses that people use.

use std::net::SocketAddr;

use super::Section;

/// The listener of `/live`, `/ready` and the like.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// Plain HTTP addresses, meant for loopback or a network of the operators; none: nobody can ask.
    pub listen: Vec<SocketAddr>,
}

impl Operation {
    pub(super) fn read(section: &mut Section) -> Self {
        let address = |s: &str| s.parse().map_err(|_| format!("{s:?} is not an address with a port, like 127.0.0.1:9180"));
        Self { listen: section.list("listen", address).unwrap_or_default() }
    }
}
