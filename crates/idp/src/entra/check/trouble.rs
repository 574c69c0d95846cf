//! A probe that did not go well, as a finding: the provider's own words stay out of it.

use model::idp::EntraSettings;
use reqwest::StatusCode;
use url::Url;

use super::Finding;
use crate::{
    entra::Endpoints,
    error::{Refusal, SignInError},
};

/// What was asked.
pub(super) struct Probe<'a> {
    pub(super) idp: &'a EntraSettings,
    pub(super) endpoints: &'a Endpoints,
    pub(super) url: &'a Url,
    /// What should have been there: "a discovery document".
    pub(super) expected: &'static str,
    /// Code of the finding when nothing answers.
    pub(super) unreachable: &'static str,
    /// Code of the finding when the answer is of no use.
    pub(super) unusable: &'static str,
}

/// How far the probe came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// No complete answer: the reason is in our words.
    Exchange,
    /// An answer with a status that is no success.
    Status(StatusCode),
    /// A success whose content is of no use: the reason may quote it.
    Content,
}

impl Probe<'_> {
    pub(super) fn finding(&self, error: &SignInError, stage: Stage) -> Finding {
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
            "Check the login address of the provider and whatever stands between the server and it.",
        )
    }

    fn refused(&self, refusal: &Refusal) -> Finding {
        if refusal.error == "private_address" {
            return Finding::fault("private-address", refusal.cause.clone(), refusal.fix.clone());
        }
        let (client, directory) = (&self.idp.client_id, self.endpoints.tenant());
        let (code, about) = match refusal.code {
            Some(7_000_215) => ("secret-refused", String::new()),
            Some(7_000_222) => ("secret-expired", String::new()),
            Some(700_016) => ("client-unknown", format!(": client ID {client}, directory ID {directory}")),
            Some(90_002 | 900_023) => ("directory-unknown", format!(": directory ID {directory} at {}", self.endpoints.login_origin())),
            Some(7_000_112 | 70_001) => ("application-disabled", format!(": client ID {client}")),
            _ => ("client-refused", format!(": client ID {client}, directory ID {directory}")),
        };
        let label = refusal.code.map(|n| format!(" (AADSTS{n})")).unwrap_or_default();
        Finding::fault(code, format!("{}{about}{label}", refusal.cause), refusal.fix.clone())
    }
}
