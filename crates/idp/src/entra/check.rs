//! The check of a set-up without a browser: what a login method's settings are worth, found by asking the provider.

mod application;
mod documents;
mod trouble;

use std::time::Duration;

use model::{
    Secret, Timestamp,
    idp::{ClientAuthentication, ClientCredentials, EntraSettings},
};
use tokio::time::Instant;

use super::{SecretWarning, check_secret_shape, redeem::Applicant};
use crate::Client;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing to do, or something that only a person can compare.
    Note,
    /// Works today and may not tomorrow.
    Warning,
    /// Signing in fails until it is mended.
    Fault,
}

impl Severity {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// One thing that was looked at. Holds no secret, no token and no text of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable name, kebab-case.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was found, naming the value.
    pub text: String,
    /// What to do, when there is something to do.
    pub fix: Option<String>,
}

impl Finding {
    fn new(code: &'static str, severity: Severity, text: impl Into<String>) -> Self {
        Self { code, severity, text: text.into(), fix: None }
    }
    fn ok(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Ok, text)
    }
    fn note(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, text)
    }
    fn fault(code: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(code, Severity::Fault, text).with_fix(fix)
    }
    fn with_fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }
}

/// The time of the server while the probes run.
#[derive(Clone, Copy)]
struct Watch {
    now: Timestamp,
    begun: Instant,
}

impl Watch {
    fn now(self) -> Timestamp {
        let passed: Duration = self.begun.elapsed();
        Timestamp::from_millis(self.now.millis().saturating_add(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Client {
    /// Asks the provider everything that can be asked without a person: discovery document, keys, clock, directory, client ID and
    /// secret, application permissions. `callback` is the redirect address that doorward uses; `now` is the server's time.
    ///
    /// Never fails as a whole: what cannot be found out is a finding. All calls together end within the configured total (at most
    /// 8 s). Nothing is kept; no decision about access hangs on a finding.
    pub async fn check(&self, idp: &EntraSettings, credentials: &ClientCredentials, callback: &str, now: Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        if idp.own.client_authentication == ClientAuthentication::Secret {
            findings.push(secret_shape(credentials.secret.as_ref().or(credentials.second_secret.as_ref())));
        }
        match self.endpoints(idp) {
            Err(error) => findings.push(Finding::fault(
                "cloud-address",
                error.to_string(),
                "Correct the addresses of the cloud; leave them out for the cloud of the configuration file.",
            )),
            Ok(endpoints) => {
                let (deadline, watch) = (self.deadline(now), Watch { now, begun: Instant::now() });
                let documents = documents::look(self.fetcher(), &endpoints, idp, watch, deadline);
                let applicant = Applicant { client: self, endpoints: &endpoints, idp, credentials, deadline };
                let application = application::look(&applicant);
                let (documents, application) = tokio::join!(documents, application);
                findings.extend(documents);
                findings.extend(application);
            }
        }
        findings.push(
            Finding::note("redirect-uri", format!("doorward sends people back to {callback}; no call can prove that it is registered"))
                .with_fix(format!("Compare: App registrations, Authentication, platform Web must list exactly {callback}")),
        );
        without_repetition(findings)
    }
}

fn secret_shape(secret: Option<&Secret>) -> Finding {
    let Some(secret) = secret else {
        return Finding::fault("secret-missing", "no client secret is stored", "Enter the Value of a client secret.");
    };
    match check_secret_shape(secret.expose()) {
        Some(SecretWarning::SecretId) => Finding::fault(
            "secret-id",
            "the client secret is a GUID: it is the Secret ID, not the secret",
            "Copy the column Value; it is shown only once, so make a new client secret if it was not saved.",
        ),
        Some(SecretWarning::WhiteSpace) => Finding::fault(
            "secret-white-space",
            "the client secret begins or ends with white space, which the copying added",
            "Enter the Value again without it.",
        ),
        None => Finding::ok("secret-shape", "the client secret has the shape of a Value"),
    }
}

/// One cause is told once: two probes can meet the same directory or address, and an ill-shaped secret is refused as well.
fn without_repetition(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let ill_shaped = |f: &Finding| matches!(f.code, "secret-id" | "secret-white-space");
        let explained = finding.code == "secret-refused" && kept.iter().any(ill_shaped);
        let repeated = finding.severity == Severity::Fault && kept.iter().any(|f| f.code == finding.code);
        if !explained && !repeated {
            kept.push(finding);
        }
    }
    kept
}
