//! Configuration objects: one JSON document each, by kind and id; and the sealed values beside them.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use model::{Secret, change::ChangeKind};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Reader, StoreError, Tx, error::WriterError, snapshot::Delta, statement::objects as sql};

/// Kinds of object. The names are stored and stand in the feed: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Account,
    Organization,
    App,
    Upstream,
    Policy,
    AccessGroup,
    Idp,
    AuthContexts,
    ServiceToken,
    ServiceTokenSeen,
    ApiToken,
    ApiTokenUse,
    Key,
    PostureIntegration,
    PostureRule,
    Warning,
    ProviderCheck,
    ScimContact,
    DriftReport,
    ScimGuard,
    ActiveMapping,
    List,
    Tag,
    CustomPage,
    Certificate,
    HostnameSettings,
    AppCa,
    AcmeCertificate,
    AcmeChallenge,
    AcmeAttempts,
    AppStreams,
    Console,
    ConsoleDoor,
    AlertDelivery,
}

impl Kind {
    /// Id of the account and of the organisation, of which there is one.
    pub const SINGLE: &'static str = "1";

    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization => "organization",
            Self::App => "app",
            Self::Upstream => "upstream",
            Self::Policy => "policy",
            Self::AccessGroup => "access_group",
            Self::Idp => "idp",
            Self::AuthContexts => "auth_contexts",
            Self::ServiceToken => "service_token",
            Self::ServiceTokenSeen => "service_token_seen",
            Self::ApiToken => "api_token",
            Self::ApiTokenUse => "api_token_use",
            Self::Warning => "warning",
            Self::ProviderCheck => "provider_check",
            Self::ScimContact => "scim_contact",
            Self::DriftReport => "drift_report",
            Self::ScimGuard => "scim_guard",
            Self::ActiveMapping => "active_mapping",
            Self::Key => "key",
            Self::List => "list",
            Self::Tag => "tag",
            Self::CustomPage => "custom_page",
            Self::Certificate => "certificate",
            Self::HostnameSettings => "hostname_settings",
            Self::AppCa => "app_ca",
            Self::AcmeCertificate => "acme_certificate",
            Self::AcmeChallenge => "acme_challenge",
            Self::AcmeAttempts => "acme_attempts",
            Self::AppStreams => "app_streams",
            Self::Console => "console",
            Self::ConsoleDoor => "console_door",
            Self::AlertDelivery => "alert_delivery",
            Self::PostureIntegration => "posture_integration",
            Self::PostureRule => "posture_rule",
        }
    }
}

/// Kinds of sealed value; part of what a value is sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sealed {
    IdpClientSecret,
    IdpSecondSecret,
    IdpPrivateKey,
    KeyPrivate,
    PostureSecret,
    AppCaPrivate,
    AlertWebhookSecret,
    AlertWebhookUrl,
    AcmeAccount,
    AcmePrivate,
    Pepper,
}

impl Sealed {
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdpClientSecret => "idp_client_secret",
            Self::IdpSecondSecret => "idp_second_secret",
            Self::IdpPrivateKey => "idp_private_key",
            Self::KeyPrivate => "key_private",
            Self::PostureSecret => "posture_secret",
            Self::AppCaPrivate => "app_ca_private",
            Self::AlertWebhookSecret => "alert_webhook_secret",
            Self::AlertWebhookUrl => "alert_webhook_url",
            Self::AcmeAccount => "acme_account",
            Self::AcmePrivate => "acme_private",
            Self::Pepper => "pepper",
        }
    }
}

impl Reader<'_> {
    /// One object.
    pub(crate) fn object<T: DeserializeOwned>(&self, kind: Kind, id: &str) -> Result<Option<T>, StoreError> {
        self.row(&sql::GET, &[kind.name().into(), id.into()], |row| from_json(kind.name(), id, row.text(0)?))
    }
    /// All objects of a kind, by id.
    pub(crate) fn objects<I: Ord + FromStr, T: DeserializeOwned>(&self, kind: Kind) -> Result<BTreeMap<I, Arc<T>>, StoreError>
    where
        I::Err: std::error::Error + Send + Sync + 'static,
    {
        let rows = self.rows(&sql::LIST, &[kind.name().into()], |row| {
            let id = row.text(0)?;
            let key = id.parse::<I>().map_err(|e| StoreError::corrupt(kind.name(), id, e))?;
            Ok((key, Arc::new(from_json(kind.name(), id, row.text(1)?)?)))
        })?;
        Ok(rows.into_iter().collect())
    }
    /// A sealed value, opened.
    pub(crate) fn sealed(&self, kind: Sealed, id: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, StoreError> {
        self.row(&sql::SEALED, &[kind.name().into(), id.into()], |row| {
            let opened = self.rings.open_row(kind.name(), id, row.text(0)?, row.blob(1)?);
            opened.ok_or_else(|| StoreError::corrupt(kind.name(), id, WriterError::Unseal))
        })
    }
    /// A sealed text, opened.
    pub(crate) fn sealed_text(&self, kind: Sealed, id: &str) -> Result<Option<Secret>, StoreError> {
        let Some(bytes) = self.sealed(kind, id)? else { return Ok(None) };
        let text = str::from_utf8(&bytes).map_err(|e| StoreError::corrupt(kind.name(), id, e))?;
        Ok(Some(Secret::new(text)))
    }
    /// Seals a value and keeps it.
    pub(crate) fn seal(&self, kind: Sealed, id: &str, plain: &[u8]) -> Result<(), StoreError> {
        let ciphertext = self.rings.seal_row(kind.name(), id, plain);
        self.run(&sql::SEAL, &[kind.name().into(), id.into(), self.rings.key_id().into(), ciphertext.as_slice().into()])?;
        Ok(())
    }
    /// Seals everything under the current key that is still under the previous one; how many values that were.
    pub(crate) fn reseal(&self) -> Result<usize, StoreError> {
        let old = self.rows(&sql::SEALED_OTHERWISE, &[self.rings.key_id().into()], |row| {
            let (kind, id) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
            let opened = self.rings.open_row(&kind, &id, row.text(2)?, row.blob(3)?);
            let plain = opened.ok_or_else(|| StoreError::corrupt("secret", format!("{kind}/{id}"), WriterError::Unseal))?;
            Ok((kind, id, plain))
        })?;
        for (kind, id, plain) in &old {
            let ciphertext = self.rings.seal_row(kind, id, plain);
            self.run(&sql::SEAL, &[kind.into(), id.into(), self.rings.key_id().into(), ciphertext.as_slice().into()])?;
        }
        Ok(old.len())
    }
}

impl Tx<'_> {
    /// Puts an object and notes the change.
    pub(crate) fn put_object<T: Serialize>(
        &mut self,
        kind: Kind,
        id: &str,
        owner: Option<&str>,
        object: &T,
        delta: Delta,
    ) -> Result<(), StoreError> {
        let doc = to_json(kind.name(), id, object)?;
        self.run(&sql::PUT, &[kind.name().into(), id.into(), owner.into(), (&doc).into()])?;
        self.note_config(kind, id, delta);
        Ok(())
    }
    /// Removes an object and notes the change.
    pub(crate) fn remove_object(&mut self, kind: Kind, id: &str, delta: Delta) -> Result<(), StoreError> {
        if self.run(&sql::REMOVE, &[kind.name().into(), id.into()])? == 0 {
            return Err(StoreError::NotFound { noun: kind.name(), id: id.to_owned() });
        }
        self.note_config(kind, id, delta);
        Ok(())
    }
    /// Puts an object that decides nothing: no change is noted.
    pub(crate) fn put_aside<T: Serialize>(&mut self, kind: Kind, id: &str, object: &T) -> Result<(), StoreError> {
        let doc = to_json(kind.name(), id, object)?;
        self.run(&sql::PUT, &[kind.name().into(), id.into(), None::<&str>.into(), (&doc).into()])?;
        Ok(())
    }
    /// Removes an object that decides nothing, when it is there.
    pub(crate) fn remove_aside(&mut self, kind: Kind, id: &str) -> Result<(), StoreError> {
        self.run(&sql::REMOVE, &[kind.name().into(), id.into()])?;
        Ok(())
    }
    pub(crate) fn note_config(&mut self, kind: Kind, id: &str, delta: Delta) {
        self.note(ChangeKind::Object { noun: kind.name().to_owned(), id: id.to_owned() }, Some(delta), None);
    }
}

/// Reads a stored document.
pub(crate) fn from_json<T: DeserializeOwned>(noun: &'static str, id: impl fmt::Display, doc: &str) -> Result<T, StoreError> {
    serde_json::from_str(doc).map_err(|e| StoreError::corrupt(noun, id, e))
}
/// Writes a document to be stored.
pub(crate) fn to_json<T: Serialize>(noun: &'static str, id: impl fmt::Display, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::corrupt(noun, id, e))
}
