//! Where warnings are told, as an administrator set it.

use model::{Secret, alert_delivery::AlertDelivery};

use crate::{
    Reader, StoreError, Tx,
    objects::{Kind, Sealed},
    statement::objects as sql,
};

impl Reader<'_> {
    /// The ways that were set; `None` when nobody set any.
    pub fn alert_delivery(&self) -> Result<Option<AlertDelivery>, StoreError> {
        self.object(Kind::AlertDelivery, Kind::SINGLE)
    }
    /// The secret that signs the webhook's calls.
    pub fn alert_webhook_secret(&self) -> Result<Option<Secret>, StoreError> {
        self.sealed_text(Sealed::AlertWebhookSecret, Kind::SINGLE)
    }
}

impl Tx<'_> {
    /// Puts the ways.
    pub fn put_alert_delivery(&mut self, delivery: &AlertDelivery) -> Result<(), StoreError> {
        self.put_aside(Kind::AlertDelivery, Kind::SINGLE, delivery)
    }
    /// Puts the secret, or takes it away.
    pub fn set_alert_webhook_secret(&mut self, secret: Option<&Secret>) -> Result<(), StoreError> {
        match secret {
            Some(secret) => self.seal(Sealed::AlertWebhookSecret, Kind::SINGLE, secret.expose().as_bytes()),
            None => self.run(&sql::UNSEAL, &[Sealed::AlertWebhookSecret.name().into(), Kind::SINGLE.into()]).map(drop),
        }
    }
}
