//! Letters of the sign-in: by the mail server that warnings use, else into the log.

use std::sync::Arc;

use login::{Letter, Letters, Logged};

use super::{AlertsError, mail::Mail};
use crate::config;

/// Addresses that one letter goes to.
const MOST: usize = 500;

struct Posted(Arc<Mail>);

impl Letters for Posted {
    fn send(&self, letter: Letter) {
        let mail = self.0.clone();
        tokio::spawn(async move {
            for to in letter.to.iter().take(MOST) {
                if let Err(error) = mail.letter(to.as_str(), &letter.subject, &letter.text).await {
                    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(%to, %error, cause, subject = letter.subject, "a letter was not taken; the request is in the API as well");
                }
            }
        });
    }
}

/// The carrier that the configuration gives.
pub(crate) fn open(settings: &config::Alerts) -> Result<Arc<dyn Letters>, AlertsError> {
    Ok(match &settings.mail {
        Some(mail) => Arc::new(Posted(Arc::new(Mail::open(mail)?))),
        None => Arc::new(Logged),
    })
}
