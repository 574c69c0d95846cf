//! Decisions written down: one record for each sign-in and each refusal, found again by its reference.

use std::net::IpAddr;

use model::{Reference, Timestamp, identity::Identity, log::AccessDecision};
use policy::{Decision, Outcome};

use crate::{compiled::CompiledApp, door::Guard};

/// What a record says beside the decision.
pub struct Circumstances<'a> {
    /// `login`, `request` or `service_auth`.
    pub action: &'a str,
    /// Host asked for.
    pub host: &'a str,
    /// Path asked for, without query.
    pub path: &'a str,
    /// Client address.
    pub ip: IpAddr,
    /// Country, when known.
    pub country: Option<&'a str>,
    /// The authenticated service token, when one was presented.
    pub service_token: Option<model::ServiceTokenId>,
    /// Now.
    pub now: Timestamp,
}

impl Guard {
    /// Evaluates an application's policies for an identity, as at a sign-in.
    pub fn judge(&self, app: &CompiledApp, identity: Option<&Identity>, at: &Circumstances<'_>) -> Decision {
        policy::evaluate(&app.set, &facts(identity, at))
    }

    /// Writes a decision down with its full explanation and returns its reference.
    pub fn record(&self, app: &CompiledApp, identity: Option<&Identity>, decision: &Decision, at: &Circumstances<'_>) -> Reference {
        let explanation = policy::explain(&app.set, &facts(identity, at));
        let reference = Reference::from_bytes(rand::random());
        let (allowed, policy_id) = match &decision.outcome {
            Outcome::Allow { policy } | Outcome::Bypass { policy } | Outcome::ServiceAuth { policy } => (true, Some(*policy)),
            Outcome::Deny(denial) => (false, denial.policy),
            Outcome::Login => (false, None),
        };
        self.inner.store.record(AccessDecision {
            reference: reference.clone(),
            at: at.now,
            allowed,
            action: at.action.to_owned(),
            app_id: Some(app.app.id),
            host: at.host.to_owned(),
            path: at.path.chars().take(1024).collect(),
            user_id: identity.map(|i| i.user_id),
            user_email: identity.map(|i| i.email.to_string()),
            idp: identity.map(|i| i.idp),
            ip: at.ip,
            country: at.country.map(str::to_owned),
            policy_id,
            explanation: serde_json::to_value(&explanation).unwrap_or_default(),
        });
        reference
    }

    /// Writes down a sign-in that failed before any policy was asked, for example because the provider refused.
    pub fn record_failure(
        &self,
        app: Option<&CompiledApp>,
        why: serde_json::Value,
        email: Option<&str>,
        at: &Circumstances<'_>,
    ) -> Reference {
        let reference = Reference::from_bytes(rand::random());
        self.inner.store.record(AccessDecision {
            reference: reference.clone(),
            at: at.now,
            allowed: false,
            action: at.action.to_owned(),
            app_id: app.map(|a| a.app.id),
            host: at.host.to_owned(),
            path: at.path.chars().take(1024).collect(),
            user_id: None,
            user_email: email.map(str::to_owned),
            idp: None,
            ip: at.ip,
            country: at.country.map(str::to_owned),
            policy_id: None,
            explanation: why,
        });
        reference
    }
}

fn facts<'a>(identity: Option<&'a Identity>, at: &Circumstances<'a>) -> policy::Facts<'a> {
    policy::Facts {
        request: policy::RequestFacts {
            ip: Some(at.ip),
            country: crate::admit::known(at.country),
            service_token: at.service_token,
            now: at.now,
        },
        identity,
    }
}
