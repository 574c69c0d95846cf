//! What the handlers of this room need.

use std::sync::Arc;

use guard::Guard;
use model::Timestamp;
use pages::Look;

use crate::{letters::Letters, test_run::TestDesk};

/// Parts handed in by the server.
#[derive(Clone)]
pub struct LoginState {
    /// The door.
    pub guard: Guard,
    /// Client of the identity providers.
    pub idp: idp::Client,
    /// The tests of login methods.
    pub tests: Arc<TestDesk>,
    /// Carries letters to approvers.
    pub letters: Arc<dyn Letters>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl LoginState {
    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }
    /// The organisation's look, for pages.
    pub(crate) fn look(&self) -> Look {
        let snapshot = self.guard.store().snapshot();
        Look::new(&snapshot.organization.name, &snapshot.organization.login_design)
    }
}
