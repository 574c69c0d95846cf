//! Identity providers and their sealed client credentials.

use std::sync::Arc;

use model::{
    IdpId, Nonce, Secret,
    auth_context::Imported,
    change::ChangeKind,
    idp::{ClientCredentials, CredentialSlot, IdentityProvider},
    session::RevokeReason,
};

use crate::{
    Event, Reader, StoreError, Tx,
    objects::{Kind, Sealed},
    snapshot::Delta,
    statement::{groups as groups_sql, objects as objects_sql, provisioned as provisioned_sql, sessions as sessions_sql},
};

const fn sealed(slot: CredentialSlot) -> Sealed {
    match slot {
        CredentialSlot::Secret => Sealed::IdpClientSecret,
        CredentialSlot::SecondSecret => Sealed::IdpSecondSecret,
        CredentialSlot::PrivateKey => Sealed::IdpPrivateKey,
    }
}

impl Reader<'_> {
    /// One identity provider.
    pub fn idp(&self, id: &IdpId) -> Result<Option<IdentityProvider>, StoreError> {
        self.object(Kind::Idp, &id.to_string())
    }
    /// What was imported of its tenant's authentication contexts.
    pub fn auth_contexts(&self, id: &IdpId) -> Result<Option<Imported>, StoreError> {
        self.object(Kind::AuthContexts, &id.to_string())
    }
    /// Its client credentials, opened.
    pub(crate) fn idp_credentials(&self, id: &IdpId) -> Result<ClientCredentials, StoreError> {
        let mut credentials = ClientCredentials::default();
        for slot in CredentialSlot::ALL {
            credentials.set(slot, self.sealed_text(sealed(slot), &id.to_string())?);
        }
        Ok(credentials)
    }
}

impl Tx<'_> {
    /// Puts an identity provider; its client secret stays as it is.
    pub fn put_idp(&mut self, idp: &IdentityProvider) -> Result<(), StoreError> {
        self.put_object(Kind::Idp, &idp.id.to_string(), None, idp, Delta::Idp(idp.id, Some(Arc::new(idp.clone()))))
    }
    /// Seals a provider's client secret (additional data: table, column, id and key id). `NotFound` when there is no such provider.
    pub fn set_idp_client_secret(&mut self, id: &IdpId, secret: &Secret) -> Result<(), StoreError> {
        self.set_idp_credential(id, CredentialSlot::Secret, Some(secret))
    }
    /// Seals one of a provider's client credentials, or removes it. `NotFound` when there is no such provider.
    pub fn set_idp_credential(&mut self, id: &IdpId, slot: CredentialSlot, value: Option<&Secret>) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.idp(id)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::Idp.name(), id: key });
        }
        match value {
            Some(secret) => self.seal(sealed(slot), &key, secret.expose().as_bytes())?,
            None => drop(self.run(&objects_sql::UNSEAL, &[sealed(slot).name().into(), (&key).into()])?),
        }
        let credentials = self.idp_credentials(id)?;
        let left = (credentials != ClientCredentials::default()).then(|| Arc::new(credentials));
        self.note_config(Kind::Idp, &key, Delta::IdpCredentials(*id, left));
        Ok(())
    }
    /// Puts what was imported of a provider's authentication contexts, or forgets it. `NotFound` when there is no such provider.
    pub fn set_auth_contexts(&mut self, id: &IdpId, imported: Option<&Imported>) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.idp(id)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::Idp.name(), id: key });
        }
        match (imported, self.auth_contexts(id)?) {
            (Some(new), _) => self.put_object(Kind::AuthContexts, &key, None, new, Delta::AuthContexts(*id, Some(Arc::new(new.clone())))),
            (None, Some(_)) => self.remove_object(Kind::AuthContexts, &key, Delta::AuthContexts(*id, None)),
            (None, None) => Ok(()),
        }
    }
    /// Removes an identity provider with its client credentials and everything it provisioned, and ends the sessions it vouched for.
    /// `NotFound` when there is none.
    pub fn remove_idp(&mut self, id: &IdpId) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.idp(id)?.is_some() {
            self.set_auth_contexts(id, None)?;
        }
        self.remove_object(Kind::Idp, &key, Delta::Idp(*id, None))?;
        for slot in CredentialSlot::ALL {
            self.run(&objects_sql::UNSEAL, &[sealed(slot).name().into(), (&key).into()])?;
        }
        self.note_config(Kind::Idp, &key, Delta::IdpCredentials(*id, None));
        self.forget_expansions(id)?;
        self.run(&groups_sql::CLEAR_IDP, &[(&key).into()])?;
        self.run(&provisioned_sql::REMOVE_ALL, &[(&key).into()])?;
        self.forget_populations(id)?;
        self.forget_findings(id)?;
        self.forget_guard(id)?;
        self.end_sessions_of_idp(id, RevokeReason::ProviderRemoved)?;
        Ok(())
    }
    /// Ends the sessions that a provider vouched for; how many there were.
    pub fn end_sessions_of_idp(&mut self, id: &IdpId, why: RevokeReason) -> Result<usize, StoreError> {
        let key = id.to_string();
        let args = [self.now().millis().into(), why.as_str().into(), (&key).into()];
        let ended = self.rows(&sessions_sql::REVOKE_BY_IDP, &args, |row| {
            row.text(0)?.parse::<Nonce>().map_err(|e| StoreError::corrupt("session", "of a provider", e))
        })?;
        self.forget_checks_by_idp(id)?;
        let count = ended.len();
        for nonce in ended {
            let kind = ChangeKind::SessionRevoked { nonce: nonce.clone(), why };
            self.note(kind, None, Some(Event::SessionRevoked { nonce, why }));
        }
        Ok(count)
    }
}
