//! Certificates from an ACME server with their sealed keys, the account there, open challenges, and attempts that failed.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    Secret,
    acme::{Attempts, Certificate, Challenge},
};

use crate::{
    Reader, StoreError, Tx,
    error::WriterError,
    objects::{Kind, Sealed},
    snapshot::Delta,
    statement::objects as sql,
};

/// A certificate with both halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedCertificate {
    /// What is shown to clients.
    pub public: Certificate,
    /// The private key as PEM.
    pub private: Secret,
}

/// Open challenges, by token.
pub type OpenChallenges = BTreeMap<String, Arc<Challenge>>;

impl Reader<'_> {
    pub(crate) fn acme_certificates(&self) -> Result<BTreeMap<String, Arc<LoadedCertificate>>, StoreError> {
        let found: BTreeMap<String, Arc<Certificate>> = self.objects(Kind::AcmeCertificate)?;
        let load = |(name, public): (String, Arc<Certificate>)| {
            let private = self
                .sealed_text(Sealed::AcmePrivate, &name)?
                .ok_or_else(|| StoreError::corrupt(Kind::AcmeCertificate.name(), &name, WriterError::Unseal))?;
            Ok((name, Arc::new(LoadedCertificate { public: Arc::unwrap_or_clone(public), private })))
        };
        found.into_iter().map(load).collect()
    }
    pub(crate) fn acme_challenges(&self) -> Result<OpenChallenges, StoreError> {
        self.objects(Kind::AcmeChallenge)
    }
    /// The account at an ACME server, as its client wrote it down; by the address of the server's directory.
    pub fn acme_account(&self, directory: &str) -> Result<Option<Secret>, StoreError> {
        self.sealed_text(Sealed::AcmeAccount, directory)
    }
    /// Attempts that failed since the last success, by name.
    pub fn acme_attempts(&self) -> Result<BTreeMap<String, Arc<Attempts>>, StoreError> {
        self.objects(Kind::AcmeAttempts)
    }
}

impl Tx<'_> {
    /// Keeps the account at an ACME server.
    pub fn put_acme_account(&mut self, directory: &str, account: &Secret) -> Result<(), StoreError> {
        self.seal(Sealed::AcmeAccount, directory, account.expose().as_bytes())
    }
    /// Forgets it: the next order makes a new one.
    pub fn remove_acme_account(&mut self, directory: &str) -> Result<(), StoreError> {
        self.run(&sql::UNSEAL, &[Sealed::AcmeAccount.name().into(), directory.into()])?;
        Ok(())
    }
    /// Puts a certificate in the place of the name's former one; its attempts are forgotten.
    pub fn put_acme_certificate(&mut self, certificate: &Certificate, private: &Secret) -> Result<(), StoreError> {
        let name = certificate.name.as_str();
        self.seal(Sealed::AcmePrivate, name, private.expose().as_bytes())?;
        let loaded = LoadedCertificate { public: certificate.clone(), private: private.clone() };
        let delta = Delta::AcmeCertificate(name.to_owned(), Some(Arc::new(loaded)));
        self.put_object(Kind::AcmeCertificate, name, None, certificate, delta)?;
        self.remove_aside(Kind::AcmeAttempts, name)
    }
    /// Removes a name's certificate with its key. `NotFound` when there is none.
    pub fn remove_acme_certificate(&mut self, name: &str) -> Result<(), StoreError> {
        self.remove_object(Kind::AcmeCertificate, name, Delta::AcmeCertificate(name.to_owned(), None))?;
        self.run(&sql::UNSEAL, &[Sealed::AcmePrivate.name().into(), name.into()])?;
        self.remove_aside(Kind::AcmeAttempts, name)
    }
    /// Opens a challenge: every node answers it from now on.
    pub fn put_acme_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        let delta = Delta::AcmeChallenge(challenge.token.clone(), Some(Arc::new(challenge.clone())));
        self.put_object(Kind::AcmeChallenge, &challenge.token, None, challenge, delta)
    }
    /// Closes every challenge of a name.
    pub fn close_acme_challenges(&mut self, name: &str) -> Result<(), StoreError> {
        for (token, challenge) in self.acme_challenges()? {
            if challenge.name == name {
                self.remove_object(Kind::AcmeChallenge, &token, Delta::AcmeChallenge(token.clone(), None))?;
            }
        }
        Ok(())
    }
    /// Notes attempts that failed.
    pub fn put_acme_attempts(&mut self, name: &str, attempts: &Attempts) -> Result<(), StoreError> {
        self.put_aside(Kind::AcmeAttempts, name, attempts)
    }
    /// Forgets them: the next attempt is due at once.
    pub fn forget_acme_attempts(&mut self, name: &str) -> Result<(), StoreError> {
        self.remove_aside(Kind::AcmeAttempts, name)
    }
}
