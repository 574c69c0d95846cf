//! A probe that did not go well, as a finding: the provider's own words stay out of it.

use model::finding::Finding;
use reqwest::StatusCode;
use url::Url;

use crate::{
    entra::{Class, known},
    error::{Refusal, SignInError},
};

/// What was asked.
pub(crate) struct Probe<'a> {
    /// Who asks, in words, for what is refused: "client ID …, directory ID …".
    pub(crate) asker: &'a str,
    pub(crate) url: &'a Url,
    /// What should have been there: "a discovery document".
    pub(crate) expected: &'static str,
    /// Code of the finding when nothing answers.
    pub(crate) unreachable: &'static str,
    /// Code of the finding when the answer is of no use.
    pub(crate) unusable: &'static str,
}

/// How far the probe came.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    /// No complete answer: the reason is in our words.
    Exchange,
    /// An answer with a status that is no success.
    Status(StatusCode),
    /// A success whose content is of no use: the reason may quote it.
    Content,
}

impl Probe<'_> {
    pub(crate) fn finding(&self, error: &SignInError, stage: Stage) -> Finding {
        tracing::info!(url = %self.url, %error, "the check of a login method met trouble");
        match error {
            SignInError::Refused(refusal) => self.refused(refusal),
            SignInError::Down { detail, .. } => Finding::fault(
                self.unreachable,
                match stage {
                    Stage::Status(status) => format!("{} answered with status {status}", self.url),
                    Stage::Exchange | Stage::Content => format!("{} did not answer: {detail}", self.url),
                },
                "Try again in a few minutes; if it stays, check that the server may call this address and that it belongs to the cloud.",
            ),
            SignInError::Nonsense { detail, .. } => self.unusable(match stage {
                Stage::Exchange => detail.clone(),
                Stage::Status(status) => format!("status {status} and no explanation"),
                Stage::Content => "its content cannot be used".to_owned(),
            }),
            SignInError::Mismatch(_) | SignInError::NoEmail(_) => self.unusable("its content does not fit".to_owned()),
        }
    }

    fn unusable(&self, why: String) -> Finding {
        Finding::fault(
            self.unusable,
            format!("{} did not answer with {}: {why}", self.url, self.expected),
            "Check the addresses of the provider and whatever stands between the server and it.",
        )
    }

    fn refused(&self, refusal: &Refusal) -> Finding {
        if refusal.error == "private_address" {
            return Finding::fault("private-address", refusal.cause.clone(), refusal.fix.clone());
        }
        let row = refusal.code.and_then(|code| known().find(|row| row.codes.contains(&code)));
        let code = row.filter(|row| row.class == Class::Probed).and_then(|row| row.finding);
        let label = refusal.code.map(|n| format!(" (AADSTS{n})")).unwrap_or_default();
        let text = format!("{}: {}{label}", refusal.cause, self.asker);
        Finding::fault(code.unwrap_or("client-refused"), text, refusal.fix.clone())
    }
}
