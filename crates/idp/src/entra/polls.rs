//! What is polled about the people of a tenant: compliance of their devices (Intune) and their risk (Identity Protection). A
//! permission that is missing, or a page that is missing, gives no reading: nobody is compliant or safe by default.

use std::{collections::HashMap, time::Duration};

use model::{
    ObjectId, Secret, Timestamp,
    idp::{ClientAuthentication, ClientCredentials, EntraCloud, EntraOptions, EntraSettings, IdpConfig},
    posture::ComplianceStatus,
    readings::Risk,
    rule::RiskLevel,
};
use serde_json::Value;
use url::Url;

use super::{
    Endpoints,
    lists::{ListError, Lists, Pace, Patience, with_token},
    redeem::Applicant,
};
use crate::{Client, Provider, SignInError};

/// Most pages of a poll: half a million devices.
const MAX_PAGES: usize = 500;
/// Identity Protection shares a pool of one request a second.
const NARROW: Duration = Duration::from_millis(1100);

/// Why a poll gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Only Entra can be polled.
    #[error("only Microsoft Entra tells this")]
    NotEntra,
    /// The application got no token for itself.
    #[error("the application got no token of its own")]
    Token(#[source] SignInError),
    /// 401 or 403.
    #[error("Microsoft Graph refused (status {status}): the application permission {permission} or its admin consent is missing")]
    Forbidden {
        /// The HTTP status.
        status: u16,
        /// The permission that the call needs.
        permission: &'static str,
    },
    /// 429 to the end, no answer, or one that cannot be read.
    #[error("Microsoft Graph could not be read: {0}")]
    Failed(String),
}

/// An application of a tenant that may read devices.
#[derive(Debug, Clone, Copy)]
pub struct DeviceReader<'a> {
    /// Application (client) ID.
    pub client_id: &'a str,
    /// The tenant.
    pub tenant: ObjectId,
    /// Its client secret.
    pub secret: &'a Secret,
    /// The cloud the tenant lives in; `None`: the server's default.
    pub cloud: Option<&'a EntraCloud>,
}

impl Client {
    /// Compliance of every managed device, by the object id of its user (Microsoft Graph: "List managedDevices").
    pub async fn managed_devices(
        &self,
        reader: DeviceReader<'_>,
        now: Timestamp,
    ) -> Result<HashMap<String, Vec<ComplianceStatus>>, PollError> {
        let config = IdpConfig::Entra(as_provider(reader));
        let credentials = ClientCredentials { secret: Some(reader.secret.clone()), ..ClientCredentials::default() };
        let provider = Provider { config: &config, credentials: &credentials };
        let items = self.poll(provider, Endpoints::managed_devices, "DeviceManagementManagedDevices.Read.All", Duration::ZERO, now).await?;
        let mut people: HashMap<String, Vec<ComplianceStatus>> = HashMap::new();
        for (user, status) in items.iter().filter_map(device) {
            people.entry(user).or_default().push(status);
        }
        Ok(people)
    }

    /// Risk of everybody who has any, by object id (Microsoft Graph: "List riskyUsers").
    pub async fn risky_users(&self, provider: Provider<'_>, now: Timestamp) -> Result<HashMap<String, Risk>, PollError> {
        let items = self.poll(provider, Endpoints::risky_users, "IdentityRiskyUser.Read.All", NARROW, now).await?;
        // Somebody who cannot be named would pass for somebody without risk.
        if !items.iter().all(names_a_person) {
            return Err(PollError::Failed("an entry of the list of people at risk names nobody".into()));
        }
        Ok(items.iter().filter_map(risk).collect())
    }

    async fn poll(
        &self,
        provider: Provider<'_>,
        list: fn(&Endpoints) -> Url,
        permission: &'static str,
        between: Duration,
        now: Timestamp,
    ) -> Result<Vec<Value>, PollError> {
        let idp = provider.config.entra().ok_or(PollError::NotEntra)?;
        let endpoints = self.endpoints(idp).map_err(|error| PollError::Token(error.into()))?;
        let applicant =
            Applicant { client: self, endpoints: &endpoints, idp, credentials: provider.credentials, deadline: self.deadline(now) };
        let token = applicant.own_token().await.map_err(|unanswered| PollError::Token(unanswered.into()))?;
        let patience = Patience::EachPage(self.total(), now);
        let pace = Pace { between, pages: MAX_PAGES, entries: usize::MAX, patience };
        let lists = Lists { source: with_token(self, &token), endpoints: &endpoints, pace };
        lists.all(list(&endpoints)).await.map_err(|error| match error {
            ListError::Forbidden { status } => PollError::Forbidden { status, permission },
            other => PollError::Failed(other.to_string()),
        })
    }
}

/// The reader as a provider that nobody signs in with.
fn as_provider(reader: DeviceReader<'_>) -> EntraSettings {
    EntraSettings {
        client_id: reader.client_id.to_owned(),
        directory_id: reader.tenant,
        support_groups: false,
        conditional_access_enabled: false,
        email_claim_name: None,
        claims: Vec::new(),
        prompt: None,
        pkce_enabled: false,
        cloud: reader.cloud.cloned(),
        own: EntraOptions { client_authentication: ClientAuthentication::Secret, ..EntraOptions::default() },
    }
}

/// Owner and state of a device; one without an owner is nobody's.
fn device(item: &Value) -> Option<(String, ComplianceStatus)> {
    let user: ObjectId = item.get("userId")?.as_str()?.parse().ok()?;
    let status = match item.get("complianceState").and_then(Value::as_str).unwrap_or_default() {
        "compliant" => ComplianceStatus::Compliant,
        "noncompliant" => ComplianceStatus::NonCompliant,
        "inGracePeriod" => ComplianceStatus::InGracePeriod,
        "error" | "conflict" => ComplianceStatus::Error,
        // Another service decides (configManager), or a word that is not known: never compliant.
        _ => ComplianceStatus::Unknown,
    };
    Some((user.to_string(), status))
}

fn names_a_person(item: &Value) -> bool {
    item.get("id").and_then(Value::as_str).is_some_and(|id| id.parse::<ObjectId>().is_ok())
}

/// Who is at risk, and how much; a risk that was dealt with is none.
fn risk(item: &Value) -> Option<(String, Risk)> {
    let user: ObjectId = item.get("id")?.as_str()?.parse().ok()?;
    let level = match item.get("riskLevel").and_then(Value::as_str).unwrap_or_default() {
        "low" => Risk::Level(RiskLevel::Low),
        "medium" => Risk::Level(RiskLevel::Medium),
        "high" => Risk::Level(RiskLevel::High),
        "none" => return None,
        // "hidden" for tenants without the licence, and words that are not known.
        _ => Risk::Hidden,
    };
    let state = item.get("riskState").and_then(Value::as_str).unwrap_or_default();
    let settled = matches!(state, "none" | "confirmedSafe" | "remediated" | "dismissed");
    (!settled || level == Risk::Hidden).then(|| (user.to_string(), level))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MARA: &str = "3d9a4f72-5e1b-4c0d-8f36-2b7e61c9d014";

    #[test]
    fn only_the_word_compliant_is_compliant() {
        for (state, expected) in [
            (json!("compliant"), ComplianceStatus::Compliant),
            (json!("noncompliant"), ComplianceStatus::NonCompliant),
            (json!("inGracePeriod"), ComplianceStatus::InGracePeriod),
            (json!("conflict"), ComplianceStatus::Error),
            (json!("configManager"), ComplianceStatus::Unknown),
            (json!("Compliant "), ComplianceStatus::Unknown),
            (json!(null), ComplianceStatus::Unknown),
        ] {
            let item = json!({ "userId": MARA.to_uppercase(), "complianceState": state });
            assert_eq!(device(&item), Some((MARA.to_owned(), expected)), "{state}");
        }
        assert_eq!(device(&json!({ "userId": "", "complianceState": "compliant" })), None);
    }

    #[test]
    fn an_entry_without_an_object_id_names_nobody() {
        for (item, expected) in [(json!({ "id": MARA }), true), (json!({ "id": "mara" }), false), (json!({}), false), (json!(7), false)] {
            assert_eq!(names_a_person(&item), expected, "{item}");
        }
    }

    #[test]
    fn a_risk_that_was_dealt_with_is_none_and_a_hidden_one_is_not() {
        for (level, state, expected) in [
            ("high", "atRisk", Some(Risk::Level(RiskLevel::High))),
            ("medium", "confirmedCompromised", Some(Risk::Level(RiskLevel::Medium))),
            ("low", "atRisk", Some(Risk::Level(RiskLevel::Low))),
            ("none", "atRisk", None),
            ("high", "remediated", None),
            ("high", "dismissed", None),
            ("hidden", "none", Some(Risk::Hidden)),
            ("extreme", "atRisk", Some(Risk::Hidden)),
        ] {
            let found = risk(&json!({ "id": MARA, "riskLevel": level, "riskState": state }));
            assert_eq!(found.map(|(_, risk)| risk), expected, "{level} {state}");
        }
    }
}
