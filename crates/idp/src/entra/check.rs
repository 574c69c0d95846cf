//! The check of an Entra set-up: documents, client, registration, consent, one person; each part a file of its own.

mod application;
mod consent;
mod credentials;
mod directory;
mod documents;
mod person;
mod principal;
mod redirect;
mod registration;

use model::{
    Timestamp,
    finding::Finding,
    idp::{ClientCredentials, EntraSettings},
};

use directory::Unread;

use super::Endpoints;
use crate::{Client, check::CheckRequest, fetch::Deadline};

/// What all parts of one check look at.
pub(super) struct Look<'a> {
    client: &'a Client,
    endpoints: Endpoints,
    idp: &'a EntraSettings,
    credentials: &'a ClientCredentials,
    request: &'a CheckRequest<'a>,
    now: Timestamp,
    deadline: Deadline,
    /// Who asks, for what is refused.
    asker: String,
}

/// All probes; those that need no answer of another run at once.
pub(crate) async fn check(
    client: &Client,
    idp: &EntraSettings,
    credentials: &ClientCredentials,
    request: &CheckRequest<'_>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = credentials::shape(idp, credentials, now);
    match client.endpoints(idp) {
        Err(error) => findings.push(Finding::fault(
            "cloud-address",
            error.to_string(),
            "Correct the addresses of the cloud; leave them out for the cloud of the configuration file.",
        )),
        Ok(endpoints) => {
            let asker = format!("client ID {}, directory ID {} at {}", idp.client_id, endpoints.tenant(), endpoints.login_origin());
            let look = Look { client, endpoints, idp, credentials, request, now, deadline: client.deadline(now), asker };
            findings.extend(look.all().await);
        }
    }
    if !idp.pkce_enabled {
        findings.push(
            Finding::note("pkce-off", "PKCE is off").with_fix("Switch pkce_enabled on: Entra supports it, though it does not say so."),
        );
    }
    findings
}

impl Look<'_> {
    async fn all(&self) -> Vec<Finding> {
        let (mut findings, (application, directory)) = tokio::join!(documents::look(self), application::look(self));
        findings.extend(application);
        let Some(directory) = directory else {
            findings.extend(credentials::end(self, 0, None));
            findings.push(redirect::look(self, None));
            return findings;
        };
        let (registration, principal, person) =
            tokio::join!(directory.registration(), principal::read(&directory), person::look(&directory));
        findings.extend(credentials::end(self, directory.proof, registration.as_ref().ok()));
        findings.push(redirect::look(self, registration.as_ref().ok()));
        findings.extend(registration::look(self, registration.as_ref()));
        findings.extend(principal::look(self, principal.as_ref()));
        findings.extend(consent::look(&directory, registration.as_ref().ok(), principal.as_ref().ok()).await);
        findings.extend(person);
        let failed = [registration.as_ref().err(), principal.as_ref().err()].contains(&Some(&Unread::Failed));
        findings.extend(failed.then(directory::unreachable));
        findings
    }
}
