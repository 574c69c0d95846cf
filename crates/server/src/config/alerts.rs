//! `[alerts]`: where warnings are told besides the list in the API.

use std::path::{Path, PathBuf};

use url::Url;

use super::Section;

/// Ways to tell; without any, warnings go to the log.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// An address that gets each warning as a POST.
    pub webhook: Option<Webhook>,
    /// Mail.
    pub mail: Option<Mail>,
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where; private addresses only in `outbound.allowed_private`.
    pub url: Url,
    /// File with the secret that signs each call; absent: unsigned.
    pub secret_file: Option<PathBuf>,
}

/// A mail server and who gets mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Host of the SMTP server.
    pub host: String,
    /// Its port; absent: 465 for `tls`, 587 for `starttls`, 25 for `none`.
    pub port: Option<u16>,
    /// Encryption.
    pub security: MailSecurity,
    /// User name, when the server wants one.
    pub username: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// Sender.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
}

/// Encryption of the way to the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the beginning (RFC 8314).
    Tls,
    /// STARTTLS, and nothing without it.
    StartTls,
    /// None: for a server on this machine.
    None,
}

impl Alerts {
    pub(super) fn read(section: &mut Section, base: &Path) -> Self {
        let url = section.address("webhook_url");
        let secret_file = section.text("webhook_secret_file", |s| Ok(base.join(s)));
        let webhook = url.map(|url| Webhook { url, secret_file });
        let mail = mail(&mut section.section("mail"), base);
        Self { webhook, mail }
    }
}

fn mail(section: &mut Section, base: &Path) -> Option<Mail> {
    let plain = |s: &str| Ok(s.to_owned());
    let address =
        |s: &str| s.parse::<lettre::message::Mailbox>().map(|_| s.to_owned()).map_err(|e| format!("{s:?} is not an address: {e}"));
    let security = section.text("security", |s| match s {
        "tls" => Ok(MailSecurity::Tls),
        "starttls" => Ok(MailSecurity::StartTls),
        "none" => Ok(MailSecurity::None),
        other => Err(format!("{other:?} is not one of tls, starttls, none")),
    });
    let host = section.text("host", plain);
    let (port, username) = (section.number("port", 1..=65_535).and_then(|n| u16::try_from(n).ok()), section.text("username", plain));
    let password_file = section.text("password_file", |s| Ok(base.join(s)));
    let (from, to) = (section.text("from", address), section.list("to", address).unwrap_or_default());
    let host = host?;
    if username.is_some() != password_file.is_some() {
        section.fault("username", "username and password_file come together");
    }
    if to.is_empty() {
        section.fault("to", "names nobody");
    }
    let security = security.unwrap_or(MailSecurity::StartTls);
    if username.is_some() && security == MailSecurity::None {
        section.fault("security", "a password is not sent without encryption: use tls or starttls");
    }
    let Some(from) = from else {
        section.fault("from", "from is required: the sender's address");
        return None;
    };
    Some(Mail { host, port, security, username, password_file, from, to })
}
