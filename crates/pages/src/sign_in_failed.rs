//! The page of a sign-in that came to nothing, in plain words.

use model::Reference;

use crate::{
    Look,
    link::Link,
    notice::Notice,
    test_run::sentence,
    text::{Language, Text, fill},
};

/// A failed sign-in.
#[derive(Debug, Clone)]
pub struct SignInFailed {
    /// Name of the login method.
    pub provider: String,
    /// What went wrong.
    pub fault: SignInFault,
    /// The provider's error code (`AADSTS50105`). Shown only when it is a plain word; the provider's own text is for
    /// the log.
    pub code: Option<String>,
    /// What the code means, from doorward's table.
    pub cause: Option<String>,
    /// What to do about it, from the same table.
    pub fix: Option<String>,
    /// Finds the attempt in the log.
    pub reference: Reference,
    /// Where to try again.
    pub retry_url: String,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFault {
    /// The attempt was too old, was used before, or began in another browser.
    InvalidSession,
    /// The person or the provider cancelled it.
    Cancelled,
    /// The person is not assigned to doorward in the directory.
    NotAssigned,
    /// Consent is missing: the person's or an administrator's.
    ConsentRequired,
    /// Provider and doorward are not set up to fit: redirect address, client id or secret.
    Misconfigured,
    /// The provider reported another error.
    ProviderError,
    /// The provider's answer did not stand up to the checks.
    BadAnswer,
    /// The provider told no e-mail address.
    NoEmail,
    /// An administrator ended the person's sessions within the last minute.
    JustRevoked,
}

impl SignInFault {
    const fn words(self, text: &Text) -> &'static str {
        match self {
            Self::InvalidSession => text.fault_invalid_session,
            Self::Cancelled => text.fault_cancelled,
            Self::NotAssigned => text.fault_not_assigned,
            Self::ConsentRequired => text.fault_consent_required,
            Self::Misconfigured => text.fault_misconfigured,
            Self::ProviderError => text.fault_provider_error,
            Self::BadAnswer => text.fault_bad_answer,
            Self::NoEmail => text.fault_no_email,
            Self::JustRevoked => text.fault_just_revoked,
        }
    }
    /// Trying again helps by itself; else somebody has to do something first.
    const fn passes(self) -> bool {
        matches!(self, Self::InvalidSession | Self::Cancelled | Self::JustRevoked)
    }
}

impl SignInFailed {
    /// The whole page.
    pub fn render(&self, look: &Look, lang: Language) -> String {
        let text = lang.text();
        let advice = if self.fault.passes() { text.sign_in_failed_again } else { text.sign_in_failed_advice };
        Notice::new(look, lang, text.sign_in_failed_title)
            .lead(fill(self.fault.words(text), &[&self.provider]))
            .fact(text.label_provider, Some(&self.provider))
            .code(text.label_code, self.code.as_deref().filter(|code| is_code(code)))
            .english(text.label_cause, self.cause.as_deref().map(sentence))
            .english(text.label_fix, self.fix.as_deref().map(sentence))
            .reference(text, &self.reference)
            .advice(advice)
            .link(Link::main(&self.retry_url, text.try_again))
            .render_page()
    }
    /// Somebody who is not assigned in Entra.
    pub fn sample() -> Self {
        Self {
            provider: "Harbour Works Entra".into(),
            fault: SignInFault::NotAssigned,
            code: Some("AADSTS50105".into()),
            cause: Some("the application requires assignment and this person is not assigned to it".into()),
            fix: Some("Assign the person (Enterprise applications, Users and groups).".into()),
            reference: Reference::from_bytes([0x3f; 16]),
            retry_url: "https://wiki.harbourworks.example/".into(),
        }
    }
}

fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}
