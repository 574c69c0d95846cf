//! Where warnings are told, as an administrator set it.

use model::{Secret, alert_delivery::AlertDelivery};
use serde::Deserialize;

use crate::{
    Reader, StoreError, Tx,
    objects::{Kind, Sealed, to_json},
    statement::objects as sql,
};

/// What stood in the document before the webhook's address was sealed.
#[derive(Deserialize)]
struct Unsealed {
    webhook_url: Option<String>,
}

impl Reader<'_> {
    /// The ways that were set; `None` when nobody set any.
    pub fn alert_delivery(&self) -> Result<Option<AlertDelivery>, StoreError> {
        let Some(mut delivery) = self.object::<AlertDelivery>(Kind::AlertDelivery, Kind::SINGLE)? else { return Ok(None) };
        delivery.webhook_url = self.sealed_text(Sealed::AlertWebhookUrl, Kind::SINGLE)?;
        Ok(Some(delivery))
    }
    /// The secret that signs the webhook's calls.
    pub fn alert_webhook_secret(&self) -> Result<Option<Secret>, StoreError> {
        self.sealed_text(Sealed::AlertWebhookSecret, Kind::SINGLE)
    }
    /// Seals the webhook's address where a former release left it in the open; true when it did.
    pub(crate) fn seal_webhook_url(&self) -> Result<bool, StoreError> {
        let stored = self.object::<Unsealed>(Kind::AlertDelivery, Kind::SINGLE)?;
        let Some(url) = stored.and_then(|stored| stored.webhook_url) else { return Ok(false) };
        self.seal(Sealed::AlertWebhookUrl, Kind::SINGLE, url.as_bytes())?;
        if let Some(delivery) = self.object::<AlertDelivery>(Kind::AlertDelivery, Kind::SINGLE)? {
            let doc = to_json(Kind::AlertDelivery.name(), Kind::SINGLE, &delivery)?;
            self.run(&sql::PUT, &[Kind::AlertDelivery.name().into(), Kind::SINGLE.into(), None::<&str>.into(), (&doc).into()])?;
        }
        Ok(true)
    }
    fn seal_or_forget(&self, kind: Sealed, secret: Option<&Secret>) -> Result<(), StoreError> {
        match secret {
            Some(secret) => self.seal(kind, Kind::SINGLE, secret.expose().as_bytes()),
            None => self.run(&sql::UNSEAL, &[kind.name().into(), Kind::SINGLE.into()]).map(drop),
        }
    }
}

impl Tx<'_> {
    /// Puts the ways.
    pub fn put_alert_delivery(&mut self, delivery: &AlertDelivery) -> Result<(), StoreError> {
        self.seal_or_forget(Sealed::AlertWebhookUrl, delivery.webhook_url.as_ref())?;
        self.put_aside(Kind::AlertDelivery, Kind::SINGLE, delivery)
    }
    /// Puts the secret, or takes it away.
    pub fn set_alert_webhook_secret(&mut self, secret: Option<&Secret>) -> Result<(), StoreError> {
        self.seal_or_forget(Sealed::AlertWebhookSecret, secret)
    }
}
