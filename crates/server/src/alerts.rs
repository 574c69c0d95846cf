//! Telling what needs an administrator: by webhook and by mail, else in the log (ruling 34).

pub(crate) mod letters;
mod mail;
mod told_to_api;
mod webhook;

use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use model::{Secret, Timestamp, alert_delivery::AlertDelivery, warning::Warning};
use store::{Reader, StoreError};
use url::Url;

pub(crate) use self::told_to_api::ForApi;
use crate::config;

/// The ways that the configuration file sets up, and what ways of the API need.
pub(crate) struct Alerts {
    webhook: Option<webhook::Webhook>,
    mail: Option<mail::Mail>,
    client: idp::Client,
    /// The server's own address, so that the reader knows which one it is.
    team_origin: String,
}

/// A way to tell cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum AlertsError {
    /// A file.
    #[error("{0} could not be read")]
    File(PathBuf, #[source] std::io::Error),
    /// A file that others may read.
    #[error("{0} may be read by others; make it 0600")]
    Open(PathBuf),
    /// A secret without content signs nothing.
    #[error("{0} is empty; put the secret into it, on one line")]
    Empty(PathBuf),
    /// The mail server.
    #[error("the mail server {0} cannot be used")]
    MailServer(String, #[source] lettre::transport::smtp::Error),
    /// An address.
    #[error("{0:?} is not a mail address")]
    Address(String),
}

/// A way did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TellError {
    #[error("the webhook was not reached")]
    Unreached(#[source] idp::SignInError),
    #[error("the webhook answered with status {0}")]
    Status(u16),
    #[error("the address is none for mail")]
    Address(#[source] lettre::address::AddressError),
    #[error("the mail could not be written")]
    Letter(#[source] lettre::error::Error),
    #[error("the mail server did not take the mail")]
    Refused(#[source] lettre::transport::smtp::Error),
    #[error("the mail server did not take the mail in time")]
    Slow,
    #[error("the configuration file names no mail server any more")]
    NoMailServer,
}

/// Not every way told a warning.
#[derive(Debug, thiserror::Error)]
#[error("a way to tell did not work")]
pub(crate) struct Untold {
    /// The ways that told it, now or before.
    pub delivered: Vec<String>,
    #[source]
    pub error: TellError,
}

/// What an administrator set by the API, as it is stored.
#[derive(Default)]
pub(crate) struct Stored {
    delivery: Option<AlertDelivery>,
    secret: Option<Secret>,
}

impl Stored {
    pub(crate) fn read(reader: &Reader<'_>) -> Result<Self, StoreError> {
        Ok(Self { delivery: reader.alert_delivery()?, secret: reader.alert_webhook_secret()? })
    }
}

/// One way to tell.
enum Way<'a> {
    Webhook(Box<webhook::Webhook>),
    Mail(&'a mail::Mail, Vec<Mailbox>),
    /// People are named, and the mail server has gone from the configuration file.
    NoMail(Vec<Mailbox>),
}

impl Way<'_> {
    async fn tell(&self, told: Told<'_>, team_origin: &str, now: Timestamp) -> Result<(), TellError> {
        match self {
            Self::Webhook(webhook) => webhook.tell(told, team_origin, now).await,
            Self::Mail(mail, to) => mail.tell(told, to, team_origin).await,
            Self::NoMail(_) => Err(TellError::NoMailServer),
        }
    }
    /// By what it is known again at the next attempt, without showing where it leads.
    fn key(&self) -> String {
        let (kind, to) = match self {
            Self::Webhook(webhook) => ("webhook", webhook.url().to_owned()),
            Self::Mail(..) | Self::NoMail(_) => self.place(),
        };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, to.as_bytes());
        format!("{kind}:{}", hex::encode(&digest.as_ref()[..16]))
    }
    /// Its kind and where it leads; of a webhook the origin only.
    fn place(&self) -> (&'static str, String) {
        match self {
            Self::Webhook(webhook) => ("webhook", webhook.origin()),
            Self::Mail(_, to) | Self::NoMail(to) => ("mail", to.iter().map(|to| to.email.to_string()).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A warning as it is told: what about, in words.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub warning: &'a Warning,
    /// Name of what it is about.
    pub subject: &'a str,
}

impl Alerts {
    pub(crate) fn open(settings: &config::Alerts, client: idp::Client, team_origin: &str) -> Result<Self, AlertsError> {
        let webhook = settings.webhook.as_ref().map(|hook| webhook::Webhook::open(hook, client.clone())).transpose()?;
        let mail = settings.mail.as_ref().map(mail::Mail::open).transpose()?;
        Ok(Self { webhook, mail, client, team_origin: team_origin.to_owned() })
    }

    /// Every way: those of the configuration file and those that are stored. Somebody whom both name gets one letter.
    fn ways(&self, stored: &Stored) -> Vec<Way<'_>> {
        let delivery = stored.delivery.as_ref();
        let url = delivery.and_then(|delivery| delivery.webhook_url.as_ref()).and_then(|url| Url::parse(url.expose()).ok());
        let set = url.map(|url| webhook::Webhook::new(url, stored.secret.as_ref(), self.client.clone()));
        let mut ways: Vec<Way<'_>> = self.webhook.iter().cloned().chain(set).map(|hook| Way::Webhook(Box::new(hook))).collect();
        let mut to = self.mail.as_ref().map(|mail| mail.to().to_vec()).unwrap_or_default();
        for email in delivery.map_or(&[][..], |delivery| &delivery.mail_to) {
            if let Ok(address) = email.as_str().parse::<lettre::Address>()
                && !to.iter().any(|known| known.email == address)
            {
                to.push(Mailbox::new(None, address));
            }
        }
        if !to.is_empty() {
            ways.push(self.mail.as_ref().map_or_else(|| Way::NoMail(to.clone()), |mail| Way::Mail(mail, to.clone())));
        }
        ways
    }

    /// Tells a warning on every way that did not tell it before. The last error is given when one of them did not work.
    pub(crate) async fn tell(&self, told: Told<'_>, stored: &Stored, now: Timestamp) -> Result<(), Untold> {
        let ways = self.ways(stored);
        let (mut delivered, mut failed) = (Vec::new(), None);
        for way in &ways {
            let key = way.key();
            let outcome = if told.warning.alert.was_told_by(&key) { Ok(()) } else { way.tell(told, &self.team_origin, now).await };
            match outcome {
                Ok(()) => delivered.push(key),
                Err(error) => failed = Some(error),
            }
        }
        if ways.is_empty() {
            let finding = &told.warning.finding;
            let (code, text, fix) = (finding.code.as_ref(), finding.text.as_str(), finding.fix.as_deref().unwrap_or_default());
            tracing::warn!(warning.id = %told.warning.id, subject = told.subject, severity = finding.severity.as_str(), code, fix, "{text}");
        }
        failed.map_or(Ok(()), |error| Err(Untold { delivered, error }))
    }
}

/// A secret of one line, from a file that is the owner's alone.
pub(crate) fn secret(path: &Path) -> Result<String, AlertsError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |error| AlertsError::File(path.to_owned(), error);
    if std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(AlertsError::Open(path.to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let secret = text.trim();
    if secret.is_empty() { Err(AlertsError::Empty(path.to_owned())) } else { Ok(secret.to_owned()) }
}

#[cfg(test)]
mod tests;
