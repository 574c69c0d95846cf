//! `login_method`: the provider that the person signed in with.

use model::IdpId;

use crate::truth::Finding;

#[derive(Debug)]
pub(crate) struct Is(IdpId);

impl Is {
    pub const fn new(idp: IdpId) -> Self {
        Self(idp)
    }
    pub fn judge(&self, through: &IdpId) -> Finding {
        Finding::when(*through == self.0)
    }
}
