//! Letters to approvers. This room writes them; how they are carried is the server's business.

use model::Email;

/// A letter in plain text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom; each gets one of their own.
    pub to: Vec<Email>,
    /// Subject, one line.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// Carries letters away.
pub trait Letters: Send + Sync {
    /// Takes a letter. Does not wait until it has arrived: what goes wrong is the carrier's to tell.
    fn send(&self, letter: Letter);
}

/// Puts the subject of each letter into the log: where no mail is set up.
#[derive(Debug, Default)]
pub struct Logged;

impl Letters for Logged {
    fn send(&self, letter: Letter) {
        let to: Vec<&str> = letter.to.iter().map(Email::as_str).collect();
        tracing::warn!(
            to = to.join(", "),
            subject = letter.subject,
            "no mail is set up ([alerts.mail]): {}",
            letter.text.replace('\n', " ")
        );
    }
}
