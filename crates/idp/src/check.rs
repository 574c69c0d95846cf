//! The check of a set-up without a browser: what a login method's settings are worth, found by asking the provider.

pub(crate) mod clock;
pub(crate) mod ending;
mod generic;
pub(crate) mod trouble;

use model::{
    Timestamp,
    finding::{Finding, Severity},
    idp::IdpConfig,
};

use crate::{Client, Provider};

/// What a check is asked.
#[derive(Debug, Clone, Copy)]
pub struct CheckRequest<'a> {
    /// The redirect address that doorward uses.
    pub callback: &'a str,
    /// A person whose groups are looked up: user principal name or object id.
    pub person: Option<&'a str>,
    /// Whether compliance of devices is read through this registration.
    pub reads_devices: bool,
    /// Whether the members of groups are compared with what provisioning sent.
    pub reads_members: bool,
}

impl Client {
    /// Asks the provider everything that can be asked without a person at a browser. `now` is the server's time.
    ///
    /// Never fails as a whole: what cannot be found out is a finding. All calls together end within the configured total (at most
    /// 8 s). Nothing is kept; no decision about access hangs on a finding.
    pub async fn check(&self, provider: Provider<'_>, request: &CheckRequest<'_>, now: Timestamp) -> Vec<Finding> {
        let findings = match provider.config {
            IdpConfig::Entra(idp) => crate::entra::check(self, idp, provider.credentials, request, now).await,
            IdpConfig::Oidc(idp) => generic::look(self, idp, provider.credentials, request, now).await,
        };
        without_repetition(findings)
    }
}

/// One cause is told once: two probes can meet the same directory or address, and an ill-shaped secret is refused as well.
fn without_repetition(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let explained = finding.code == "secret-refused" && kept.iter().any(|f| matches!(&*f.code, "secret-id" | "secret-white-space"));
        let same = |f: &Finding| f.code == finding.code && f.about == finding.about;
        let repeated = finding.severity >= Severity::Unknown && kept.iter().any(same);
        if !explained && !repeated {
            kept.push(finding);
        }
    }
    kept
}
