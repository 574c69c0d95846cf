//! The ACME server as configured, with the way to it, and our account there.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use instant_acme::{Account, AccountCredentials, ExternalAccountKey, NewAccount};
use model::Secret;
use store::Store;

use super::{
    carrier::{Carrier, RetryAfter},
    trouble::Trouble,
};
use crate::{alerts, config::Acme, wiring::Clock};

/// The ACME server cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The external account key.
    #[error("tls.acme.external_account_key_file")]
    KeyFile(#[source] alerts::AlertsError),
    /// The external account key.
    #[error("tls.acme.external_account_key_file: {} does not hold a key in base64url", .0.display())]
    Key(PathBuf),
}

/// What orders need.
pub(crate) struct Setup {
    pub settings: Acme,
    client: idp::Client,
    external: Option<(String, zeroize::Zeroizing<Vec<u8>>)>,
    pub(super) retry_after: RetryAfter,
}

impl Setup {
    /// Reads what the settings name; `client` trusts the authorities that they list.
    pub(crate) fn open(settings: &Acme, client: idp::Client) -> Result<Self, AcmeError> {
        let external = settings.external_account.as_ref().map(|account| {
            let text = alerts::secret(&account.key_file).map_err(AcmeError::KeyFile)?;
            let key = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| AcmeError::Key(account.key_file.clone()))?;
            Ok((account.key_id.clone(), zeroize::Zeroizing::new(key)))
        });
        Ok(Self { settings: settings.clone(), client, external: external.transpose()?, retry_after: RetryAfter::default() })
    }

    /// Our account: the one that is kept, else a new one.
    pub(super) async fn account(&self, store: &Store, clock: &Clock) -> Result<Account, Trouble> {
        let carrier = Carrier { client: self.client.clone(), clock: clock.clone(), retry_after: self.retry_after.clone() };
        let builder = Account::builder_with_http(Box::new(carrier));
        let directory = self.settings.directory_url.to_string();
        let trouble = |error: instant_acme::Error| Trouble::of(&error, self.retry_after.get());
        let key = directory.clone();
        let kept = store.read(move |reader| reader.acme_account(&key)).await.map_err(Trouble::store)?;
        let kept = kept.and_then(|kept| serde_json::from_str::<AccountCredentials>(kept.expose()).ok());
        if let Some(kept) = kept {
            return builder.from_credentials(kept).await.map_err(trouble);
        }
        let contact = self.settings.contact.as_ref().map(|address| format!("mailto:{address}"));
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let order = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let external = self.external.as_ref().map(|(id, key)| ExternalAccountKey::new(id.clone(), key));
        let (account, credentials) = builder.create(&order, directory.clone(), external.as_ref()).await.map_err(trouble)?;
        let text = serde_json::to_string(&credentials).map_err(|e| trouble(e.into()))?;
        store.write(move |tx| tx.put_acme_account(&directory, &Secret::new(text))).await.map_err(Trouble::store)?;
        tracing::info!(account = account.id(), "an account at the ACME server was made");
        Ok(account)
    }
}
