//! `login_method`: the provider that the person signed in with.

use model::{IdpId, identity::Identity};

use crate::truth::Finding;

#[derive(Debug)]
pub(crate) struct Is(IdpId);

impl Is {
    pub const fn new(idp: IdpId) -> Self {
        Self(idp)
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        Finding::when(identity.idp == self.0)
    }
}
