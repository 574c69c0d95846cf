//! Telling what needs an administrator: by webhook and by mail, else in the log (ruling 34).

pub(crate) mod letters;
mod mail;
mod webhook;

use std::path::{Path, PathBuf};

use model::{Timestamp, warning::Warning};

use crate::config;

/// The ways that are set up.
pub(crate) struct Alerts {
    webhook: Option<webhook::Webhook>,
    mail: Option<mail::Mail>,
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
        let webhook = settings.webhook.as_ref().map(|hook| webhook::Webhook::open(hook, client)).transpose()?;
        let mail = settings.mail.as_ref().map(mail::Mail::open).transpose()?;
        Ok(Self { webhook, mail, team_origin: team_origin.to_owned() })
    }

    /// Tells a warning on every way. The last error is given when one of them did not work: it is tried again on all of them then.
    pub(crate) async fn tell(&self, told: Told<'_>, now: Timestamp) -> Result<(), TellError> {
        let mut outcome = Ok(());
        if let Some(webhook) = &self.webhook {
            outcome = webhook.tell(told, &self.team_origin, now).await;
        }
        if let Some(mail) = &self.mail {
            outcome = mail.tell(told, &self.team_origin).await.and(outcome);
        }
        if self.webhook.is_none() && self.mail.is_none() {
            let finding = &told.warning.finding;
            let (code, text, fix) = (finding.code.as_ref(), finding.text.as_str(), finding.fix.as_deref().unwrap_or_default());
            tracing::warn!(warning.id = %told.warning.id, subject = told.subject, severity = finding.severity.as_str(), code, fix, "{text}");
        }
        outcome
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
