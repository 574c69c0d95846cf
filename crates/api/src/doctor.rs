//! The doctor: asks a login method's provider, adds what the store knows, keeps the result and turns it into warnings. One source for
//! the API, the command and the daily look.

mod drift;
mod own;
mod reconcile;

use std::{pin::Pin, sync::Arc};

use idp::{CheckRequest, Provider};
use model::{
    IdpId, Timestamp,
    finding::{Checked, Finding},
    idp::{ClientCredentials, IdpConfig},
    posture::IntegrationConfig,
    rule::Rule,
    warning::Subject,
};
use store::{Snapshot, Store, StoreError};

pub use drift::{Comparing, DriftCheck};

use crate::doorward::{auth_contexts::Importing, directory_groups::Searching};

/// A check under way.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>;

/// Checks the set-up of a login method by asking its provider; always ends, and within ten seconds.
pub trait ProviderCheck: Send + Sync {
    /// `now` is the server's time.
    fn check<'a>(&'a self, provider: Provider<'a>, request: &'a CheckRequest<'a>, now: Timestamp) -> Checking<'a>;

    /// Reads the authentication contexts of a provider's tenant.
    fn auth_contexts<'a>(&'a self, provider: Provider<'a>, now: Timestamp) -> Importing<'a>;

    /// Looks for groups of the directory by the beginning of their name, or by object id; ends within 5 s.
    fn groups_named<'a>(&'a self, provider: Provider<'a>, words: &'a str, now: Timestamp) -> Searching<'a>;
}

impl ProviderCheck for idp::Client {
    fn check<'a>(&'a self, provider: Provider<'a>, request: &'a CheckRequest<'a>, now: Timestamp) -> Checking<'a> {
        Box::pin(self.check(provider, request, now))
    }
    fn auth_contexts<'a>(&'a self, provider: Provider<'a>, now: Timestamp) -> Importing<'a> {
        Box::pin(self.auth_contexts(provider, now))
    }
    fn groups_named<'a>(&'a self, provider: Provider<'a>, words: &'a str, now: Timestamp) -> Searching<'a> {
        Box::pin(self.groups_named(provider, words, now))
    }
}

/// Examines login methods.
#[derive(Clone)]
pub struct Doctor {
    store: Store,
    checker: Arc<dyn ProviderCheck>,
    drift: Arc<dyn DriftCheck>,
    callback: String,
}

impl Doctor {
    pub(crate) fn new(store: Store, checker: Arc<dyn ProviderCheck>, drift: Arc<dyn DriftCheck>, team_origin: &str) -> Self {
        Self { store, checker, drift, callback: format!("{team_origin}/cdn-cgi/access/callback") }
    }

    /// Checks a login method; with a person, looks that person up as well. `None`: there is no such login method.
    ///
    /// The result is kept and becomes warnings, but for one that was asked about a person: that is nobody's state. Errors: the store.
    pub async fn examine(&self, id: IdpId, person: Option<&str>, now: Timestamp) -> Result<Option<Checked>, StoreError> {
        let snapshot = self.store.snapshot();
        let Some(idp) = snapshot.idps.get(&id) else { return Ok(None) };
        let none = ClientCredentials::default();
        let credentials = snapshot.idp_credentials.get(&id).map_or(&none, |c| c);
        let client_id = match &idp.config {
            IdpConfig::Entra(settings) => Some(settings.client_id.as_str()),
            IdpConfig::Oidc(_) => None,
        };
        let reads_devices = snapshot.posture_integrations.values().any(|integration| match &integration.config {
            IntegrationConfig::Intune { client_id: own, .. } => Some(own.as_str()) == client_id,
        });
        let request = CheckRequest {
            callback: &self.callback,
            person,
            reads_devices,
            reads_members: idp.scim.enabled && names_groups(&snapshot, &id),
        };
        let provider = Provider { config: &idp.config, credentials };
        let mut findings = self.checker.check(provider, &request, now).await;
        let (contact, report) = self.store.read(move |reader| Ok((reader.scim_contact(&id)?, reader.drift_report(&id)?))).await?;
        findings.extend(own::findings(idp, contact.as_ref(), now));
        findings.extend(own::contexts(idp, snapshot.auth_contexts.get(&id).map(AsRef::as_ref), now));
        if let Some(report) = &report {
            findings.extend(drift::findings(report));
            findings.extend(report.expansion.as_ref().and_then(|expansion| expansion.finding(now)));
        }
        let checked = Checked { at: now, findings };
        if person.is_none() {
            self.keep(id, checked.clone()).await?;
        }
        Ok(Some(checked))
    }

    async fn keep(&self, id: IdpId, checked: Checked) -> Result<(), StoreError> {
        let kept = self.store.write(move |tx| {
            if tx.idp(&id)?.is_none() {
                return Ok(()); // Removed meanwhile.
            }
            tx.put_provider_check(&id, &checked)?;
            let subject = Subject::IdentityProvider(id);
            let ours = |code: &str| !drift::is_kept_apart(code);
            let before = tx.warnings()?.into_iter().filter(|warning| warning.subject == subject && ours(&warning.finding.code)).collect();
            let findings = checked.findings.into_iter().filter(|finding| ours(&finding.code)).collect();
            let change = reconcile::reconcile(before, subject, &Checked { at: checked.at, findings });
            for warning in &change.put {
                tx.put_warning(warning)?;
            }
            for gone in &change.gone {
                tx.remove_warning(gone)?;
            }
            Ok(())
        });
        kept.await
    }
}

/// Whether a rule names a group of this login method.
fn names_groups(snapshot: &Snapshot, id: &IdpId) -> bool {
    let names = |rule: &Rule| matches!(rule, Rule::AzureGroup { identity_provider_id, .. } if identity_provider_id == id);
    let policies = snapshot.policies.values().map(|policy| &policy.rules);
    policies.chain(snapshot.access_groups.values().map(|group| &group.rules)).any(|rules| rules.iter().any(names))
}
