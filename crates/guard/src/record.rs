//! Decisions written down: one record for each sign-in and each refusal, found again by its reference.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use model::{AppId, Reference, Timestamp, identity::Identity, log::AccessDecision};
use parking_lot::Mutex;
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
    /// Client address as recorded.
    pub ip: IpAddr,
    /// Client address for rules, when it is known.
    pub rule_ip: Option<IpAddr>,
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
        let reference = Reference::from_bytes(rand::random());
        if identity.is_none() && !self.inner.strangers.may_record(app.app.id, at.ip, at.now) {
            return reference;
        }
        let explanation = policy::explain(&app.set, &facts(identity, at));
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
        if app.is_none_or(|a| email.is_none() && !self.inner.strangers.may_record(a.app.id, at.ip, at.now)) {
            return reference;
        }
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

/// How many refusals without a person are written down: so many a minute for each application and client network, so that a
/// stranger cannot push the records of people out of the log.
#[derive(Default)]
pub(crate) struct Strangers {
    minutes: Mutex<HashMap<(AppId, IpAddr), (i64, u32)>>,
    untold: AtomicU64,
}

impl Strangers {
    const EACH_MINUTE: u32 = 30;
    const MOST_NETWORKS: usize = 20_000;

    fn may_record(&self, app: AppId, ip: IpAddr, now: Timestamp) -> bool {
        let minute = now.secs().div_euclid(60);
        let mut minutes = self.minutes.lock();
        if minutes.len() >= Self::MOST_NETWORKS {
            minutes.retain(|_, (at, _)| *at == minute);
        }
        let full = minutes.len() >= Self::MOST_NETWORKS;
        let entry = minutes.entry((app, network(ip))).or_insert((minute, if full { Self::EACH_MINUTE } else { 0 }));
        if entry.0 != minute {
            *entry = (minute, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        let may = entry.1 <= Self::EACH_MINUTE;
        if !may {
            let untold = self.untold.fetch_add(1, Ordering::Relaxed) + 1;
            if untold.is_power_of_two() {
                tracing::warn!(untold, "refusals of strangers that came too fast were not written down");
            }
        }
        may
    }
}

/// The network that counts as one client: /24 for IPv4, /56 for IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => IpAddr::V4((u32::from(v4) & 0xffff_ff00).into()),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 72)).into()),
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
