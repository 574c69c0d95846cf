//! `auth_method`: a method in `amr` (RFC 8176). A provider that tells no `amr` leaves it unknown.

use model::identity::Identity;

use crate::{Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Used(Box<str>);

impl Used {
    pub fn new(method: &str) -> Self {
        Self(method.into())
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if identity.amr.is_empty() {
            Finding::unknown(Reason::AuthenticationMethodsUnknown)
        } else {
            Finding::when(identity.amr.iter().any(|method| **method == *self.0))
        }
    }
}
