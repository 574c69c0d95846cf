//! Posture integrations with their sealed client secrets, and posture rules.

use std::sync::Arc;

use model::{
    PostureIntegrationId, PostureRuleId, Secret,
    posture::{PostureIntegration, PostureRule},
};

use crate::{
    Reader, StoreError, Tx,
    objects::{Kind, Sealed},
    snapshot::Delta,
    statement::objects as sql,
};

impl Reader<'_> {
    /// One integration.
    pub fn posture_integration(&self, id: &PostureIntegrationId) -> Result<Option<PostureIntegration>, StoreError> {
        self.object(Kind::PostureIntegration, &id.to_string())
    }
    /// Its client secret, opened.
    pub(crate) fn posture_secret(&self, id: &PostureIntegrationId) -> Result<Option<Secret>, StoreError> {
        self.sealed_text(Sealed::PostureSecret, &id.to_string())
    }
    /// One rule.
    pub fn posture_rule(&self, id: &PostureRuleId) -> Result<Option<PostureRule>, StoreError> {
        self.object(Kind::PostureRule, &id.to_string())
    }
}

impl Tx<'_> {
    /// Puts an integration; its secret stays as it is.
    pub fn put_posture_integration(&mut self, integration: &PostureIntegration) -> Result<(), StoreError> {
        let delta = Delta::PostureIntegration(integration.id, Some(Arc::new(integration.clone())));
        self.put_object(Kind::PostureIntegration, &integration.id.to_string(), None, integration, delta)
    }
    /// Seals an integration's client secret. `NotFound` when there is no such integration.
    pub fn set_posture_secret(&mut self, id: &PostureIntegrationId, secret: &Secret) -> Result<(), StoreError> {
        let key = id.to_string();
        if self.posture_integration(id)?.is_none() {
            return Err(StoreError::NotFound { noun: Kind::PostureIntegration.name(), id: key });
        }
        self.seal(Sealed::PostureSecret, &key, secret.expose().as_bytes())?;
        self.note_config(Kind::PostureIntegration, &key, Delta::PostureSecret(*id, Some(secret.clone())));
        Ok(())
    }
    /// Removes an integration with its secret. `NotFound` when there is none.
    pub fn remove_posture_integration(&mut self, id: &PostureIntegrationId) -> Result<(), StoreError> {
        let key = id.to_string();
        self.remove_object(Kind::PostureIntegration, &key, Delta::PostureIntegration(*id, None))?;
        self.run(&sql::UNSEAL, &[Sealed::PostureSecret.name().into(), (&key).into()])?;
        self.note_config(Kind::PostureIntegration, &key, Delta::PostureSecret(*id, None));
        Ok(())
    }
    /// Puts a rule.
    pub fn put_posture_rule(&mut self, rule: &PostureRule) -> Result<(), StoreError> {
        let delta = Delta::PostureRule(rule.id, Some(Arc::new(rule.clone())));
        self.put_object(Kind::PostureRule, &rule.id.to_string(), None, rule, delta)
    }
    /// Removes a rule. `NotFound` when there is none.
    pub fn remove_posture_rule(&mut self, id: &PostureRuleId) -> Result<(), StoreError> {
        self.remove_object(Kind::PostureRule, &id.to_string(), Delta::PostureRule(*id, None))
    }
}
