//! What doorward holds to prove itself to a provider. Kept sealed, apart from the provider's settings.

use crate::Secret;

/// A provider's client credentials; which one is used, the settings say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientCredentials {
    /// The client secret.
    pub secret: Option<Secret>,
    /// A second client secret, for the time of a change.
    pub second_secret: Option<Secret>,
    /// Private key of the client certificate: PKCS #8, PEM.
    pub private_key: Option<Secret>,
}

/// One of a provider's client credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialSlot {
    /// The client secret.
    Secret,
    /// The second client secret.
    SecondSecret,
    /// The private key of the client certificate.
    PrivateKey,
}

impl ClientCredentials {
    /// The credential in a slot.
    pub const fn get(&self, slot: CredentialSlot) -> Option<&Secret> {
        match slot {
            CredentialSlot::Secret => self.secret.as_ref(),
            CredentialSlot::SecondSecret => self.second_secret.as_ref(),
            CredentialSlot::PrivateKey => self.private_key.as_ref(),
        }
    }
    /// Puts or removes the credential in a slot.
    pub fn set(&mut self, slot: CredentialSlot, value: Option<Secret>) {
        match slot {
            CredentialSlot::Secret => self.secret = value,
            CredentialSlot::SecondSecret => self.second_secret = value,
            CredentialSlot::PrivateKey => self.private_key = value,
        }
    }
}

impl CredentialSlot {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Secret, Self::SecondSecret, Self::PrivateKey];
}
