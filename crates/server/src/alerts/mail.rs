//! Mail: one plain letter a warning.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};

use super::{AlertsError, TellError, Told};
use crate::config::{self, MailSecurity};

/// Longest time for one letter.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mail {
    pub(super) fn open(settings: &config::Mail) -> Result<Self, AlertsError> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let unusable = |error| AlertsError::MailServer(settings.host.clone(), error);
        let mut builder = match settings.security {
            MailSecurity::Tls => Transport::relay(&settings.host).map_err(unusable)?,
            MailSecurity::StartTls => Transport::starttls_relay(&settings.host).map_err(unusable)?,
            MailSecurity::None => Transport::builder_dangerous(&settings.host),
        };
        if let Some(port) = settings.port {
            builder = builder.port(port);
        }
        if let (Some(user), Some(file)) = (&settings.username, &settings.password_file) {
            builder = builder.credentials(Credentials::new(user.clone(), super::secret(file)?));
        }
        let address = |text: &String| text.parse::<Mailbox>().map_err(|_| AlertsError::Address(text.clone()));
        Ok(Self {
            transport: builder.timeout(Some(TIMEOUT)).build(),
            from: address(&settings.from)?,
            to: settings.to.iter().map(address).collect::<Result<_, _>>()?,
        })
    }

    /// A letter to one address.
    pub(super) async fn letter(&self, to: &str, subject: &str, text: &str) -> Result<(), TellError> {
        let to = to.parse::<Mailbox>().map_err(TellError::Address)?;
        let letter = Message::builder().from(self.from.clone()).to(to).subject(subject).header(ContentType::TEXT_PLAIN);
        let letter = letter.body(text.to_owned()).map_err(TellError::Letter)?;
        in_time(self.transport.send(letter)).await.map(drop)
    }

    /// Who gets warnings by the configuration file.
    pub(super) fn to(&self) -> &[Mailbox] {
        &self.to
    }

    pub(super) async fn tell(&self, told: Told<'_>, to: &[Mailbox], team_origin: &str) -> Result<(), TellError> {
        let finding = &told.warning.finding;
        let mut letter = Message::builder().from(self.from.clone()).subject(subject(told)).header(ContentType::TEXT_PLAIN);
        for to in to {
            letter = letter.to(to.clone());
        }
        let mut body = format!("{}\n\n{}\n", told.subject, finding.text);
        for (head, words) in [("What to do", &finding.fix), ("See", &finding.link)] {
            if let Some(words) = words {
                body.push_str(&format!("\n{head}: {words}\n"));
            }
        }
        let first = told.warning.first_seen.rfc3339();
        body.push_str(&format!("\nFirst seen {first}. Code {}, warning {} of {team_origin}.\n", finding.code, told.warning.id));
        let letter = letter.body(body).map_err(TellError::Letter)?;
        in_time(self.transport.send(letter)).await.map(drop)
    }
}

/// The transport's own limit is one for connecting; a server that falls silent later would hold up every other warning.
async fn in_time<T>(sending: impl Future<Output = Result<T, lettre::transport::smtp::Error>>) -> Result<T, TellError> {
    tokio::time::timeout(TIMEOUT, sending).await.map_err(|_| TellError::Slow)?.map_err(TellError::Refused)
}

/// One line, whatever a name holds.
fn subject(told: Told<'_>) -> String {
    let finding = &told.warning.finding;
    let name: String = told.subject.chars().filter(|c| !c.is_control()).take(80).collect();
    let left = finding.days_left.map_or_else(String::new, |days| format!(", {days} day(s) left"));
    format!("doorward {}: {} ({name}{left})", finding.severity.as_str(), finding.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_mail_server_that_falls_silent_is_given_up_in_time() {
        assert!(matches!(in_time::<()>(std::future::pending()).await, Err(TellError::Slow)));
    }
}
