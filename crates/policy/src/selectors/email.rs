//! `email`: the person's address, compared without regard to case, when it may be trusted (ruling 18).

use model::{
    Email,
    identity::{EmailTrust, Identity},
};

use crate::{Reason, truth::Finding};

#[derive(Debug)]
pub(crate) struct Is(Email);

impl Is {
    pub fn new(email: &Email) -> Self {
        Self(email.clone())
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if trusted(identity) { Finding::when(self.0 == identity.email) } else { Finding::unknown(Reason::EmailUnverified) }
    }
}

/// True when rules may rely on the address.
pub(super) const fn trusted(identity: &Identity) -> bool {
    match identity.email_trust {
        EmailTrust::TenantMember | EmailTrust::DomainOwnerVerified | EmailTrust::AuthoritativeProvider => true,
        EmailTrust::Unverified => false,
    }
}
