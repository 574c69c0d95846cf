//! A provider as the calls want it: its settings together with what proves doorward to it.

use model::idp::{ClientCredentials, IdpConfig};

/// A provider's settings and doorward's credentials there.
#[derive(Clone, Copy)]
pub struct Provider<'a> {
    /// Kind and settings.
    pub config: &'a IdpConfig,
    /// What doorward proves itself with.
    pub credentials: &'a ClientCredentials,
}

impl std::fmt::Debug for Provider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("config", self.config).finish_non_exhaustive()
    }
}
