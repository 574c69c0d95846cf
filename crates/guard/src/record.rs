//! Decisions written down: one record for each sign-in and each refusal, found again by its reference.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use model::{
    AppId, IdpId, PolicyId, Reference, Timestamp,
    access_grant::Standing,
    access_policy::PolicyAction,
    auth_context::ContextSet,
    identity::{Groups, Identity},
    judged::Judged,
    log::AccessDecision,
    readings::Readings,
};
use parking_lot::Mutex;
use policy::{Decision, Fact, Presented};
use serde_json::{Value, json};

use crate::{compiled::CompiledApp, counts::SignIn, door::Guard, judged, live::LiveSession};

/// Whom a decision is about.
#[derive(Clone)]
pub struct Person {
    identity: Arc<Identity>,
    /// What they have beside it; of somebody who is only arriving, nothing is known.
    standing: Option<Arc<Standing>>,
}

impl From<&Arc<Identity>> for Person {
    fn from(identity: &Arc<Identity>) -> Self {
        Self { identity: identity.clone(), standing: None }
    }
}

impl From<&Identity> for Person {
    fn from(identity: &Identity) -> Self {
        Self { identity: Arc::new(identity.clone()), standing: None }
    }
}

impl From<&LiveSession> for Person {
    fn from(live: &LiveSession) -> Self {
        Self { identity: live.identity.clone(), standing: Some(live.standing()) }
    }
}

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
    /// The client certificate: of this request, or of the one that began the sign-in.
    pub certificate: Fact<Option<Presented<'a>>>,
    /// The application whose token came along.
    pub linked_app: Option<AppId>,
    /// Now.
    pub now: Timestamp,
}

impl Guard {
    /// Evaluates an application's policies for somebody, as at a sign-in.
    pub fn judge(&self, app: &CompiledApp, person: Option<Person>, at: &Circumstances<'_>) -> Decision {
        policy::evaluate(&app.set, &facts(person.as_ref(), at, &self.inner.readings.load()))
    }

    /// Authentication contexts to ask for already when somebody signs in through this provider: nobody gets in without.
    pub fn contexts_to_ask(&self, app: &CompiledApp, idp: &IdpId, at: &Circumstances<'_>) -> ContextSet {
        policy::contexts_to_ask(&app.set, &facts(None, at, &Readings::default()).request, idp)
    }

    /// Writes a decision down with its full explanation and the facts it was made from, and returns its reference.
    pub fn record(&self, app: &CompiledApp, person: Option<Person>, decision: &Decision, at: &Circumstances<'_>) -> Reference {
        let reference = Reference::from_bytes(rand::random());
        if person.is_none() && !self.inner.strangers.may_record(app.app.id, at.ip, at.now) {
            return reference;
        }
        if at.action == "login" {
            let outcome = if decision.outcome.is_open() { SignIn::Allowed } else { SignIn::Refused };
            self.inner.counts.sign_in(person.as_ref().map(|person| person.identity.idp), outcome);
        }
        let (identity, standing) = person.map_or((None, None), |person| (Some(person.identity), person.standing));
        let mut facts = judged::of(identity.as_ref(), at, &self.inner.readings.load(), self.inner.compiled.load().snapshot.version);
        facts.standing = standing.map(|standing| (*standing).clone());
        let record = Record { reference: reference.clone(), allowed: decision.outcome.is_open(), policy: decision.outcome.policy() };
        self.inner.store.record(record.written(app, facts, at));
        reference
    }

    /// Writes down that a provider's word, or its silence, ended a session. The address is the one of the sign-in.
    pub fn record_end(&self, live: &LiveSession, action: &str, why: serde_json::Value, now: Timestamp) -> Reference {
        let reference = Reference::from_bytes(rand::random());
        let identity = &live.identity;
        self.inner.store.record(AccessDecision {
            reference: reference.clone(),
            at: now,
            allowed: false,
            action: action.to_owned(),
            app_id: None,
            host: self.inner.config.team_host.clone(),
            path: "/".to_owned(),
            user_id: Some(live.session.user_id),
            user_email: Some(identity.email.to_string()),
            idp: Some(identity.idp),
            ip: identity.ip,
            country: identity.country.clone(),
            policy_id: None,
            explanation: why,
            facts: None,
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
        if at.action == "login" {
            self.inner.counts.sign_in(None, SignIn::Failed);
        }
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
            facts: None,
        });
        reference
    }
}

/// What a record says of the verdict.
pub(crate) struct Record {
    pub reference: Reference,
    pub allowed: bool,
    pub policy: Option<PolicyId>,
}

impl Record {
    /// The record of a decision that was made from these facts, explained from the same.
    pub fn written(self, app: &CompiledApp, judged: Judged, at: &Circumstances<'_>) -> AccessDecision {
        let readings = judged.readings();
        let explanation = policy::explain(&app.set, &judged::facts(&judged, &readings, at.now));
        let identity = judged.identity.as_deref();
        AccessDecision {
            reference: self.reference,
            at: at.now,
            allowed: self.allowed,
            action: at.action.to_owned(),
            app_id: Some(app.app.id),
            host: at.host.to_owned(),
            path: at.path.chars().take(1024).collect(),
            user_id: identity.map(|i| i.user_id),
            user_email: identity.map(|i| i.email.to_string()),
            idp: identity.map(|i| i.idp),
            ip: at.ip,
            country: at.country.map(str::to_owned),
            policy_id: self.policy,
            explanation: with_standing(
                with_groups(serde_json::to_value(&explanation).unwrap_or_default(), identity),
                app,
                &judged,
                (self.policy, at.now),
            ),
            facts: Some(Box::new(judged)),
        }
    }
}

/// How many refusals without a person are written down: so many a minute for each application and client network, so that a
/// stranger cannot push the records of people out of the log.
#[derive(Default)]
pub(crate) struct Strangers {
    minute: Mutex<Minute>,
    untold: AtomicU64,
}

/// What was written down in the minute that runs.
#[derive(Default)]
struct Minute {
    number: i64,
    counts: HashMap<(AppId, IpAddr), u32>,
}

impl Strangers {
    const EACH_MINUTE: u32 = 30;
    const MOST_NETWORKS: usize = 20_000;

    fn may_record(&self, app: AppId, ip: IpAddr, now: Timestamp) -> bool {
        let may = self.minute.lock().may_record((app, network(ip)), now.secs().div_euclid(60));
        if !may {
            let untold = self.untold.fetch_add(1, Ordering::Relaxed) + 1;
            if untold.is_power_of_two() {
                tracing::warn!(untold, "refusals of strangers that came too fast were not written down");
            }
        }
        may
    }
}

impl Minute {
    fn may_record(&mut self, client: (AppId, IpAddr), number: i64) -> bool {
        if self.number != number {
            self.number = number;
            self.counts.clear();
        }
        // From too many networks at once: those that come last are not counted, so that the table stays bounded.
        if self.counts.len() >= Strangers::MOST_NETWORKS && !self.counts.contains_key(&client) {
            return false;
        }
        let count = self.counts.entry(client).or_insert(0);
        *count = count.saturating_add(1);
        *count <= Strangers::EACH_MINUTE
    }
}

/// The explanation with where the person's groups came from, when, and how many there are, whatever the rules looked at.
fn with_groups(mut explanation: serde_json::Value, identity: Option<&Identity>) -> serde_json::Value {
    if let (Some(identity), Some(members)) = (identity, explanation.as_object_mut()) {
        let told = match &identity.groups {
            Groups::Known { list, source, at } => {
                json!({ "state": "known", "source": source, "count": list.len(), "read_at": at.rfc3339() })
            }
            Groups::Unknown { reason, at } => json!({ "state": "unknown", "reason": reason.as_str(), "read_at": at.rfc3339() }),
        };
        members.insert("groups".into(), told);
    }
    explanation
}

/// What the person gave or was given for the policy that decided, in the log's words ("Access audit logs" of Cloudflare One).
fn with_standing(mut explanation: Value, app: &CompiledApp, judged: &Judged, (policy, now): (Option<PolicyId>, Timestamp)) -> Value {
    let policy = policy.and_then(|id| app.policy(id)).filter(|policy| policy.decision == PolicyAction::Allow);
    let (Some(policy), Some(standing), Some(members)) = (policy, &judged.standing, explanation.as_object_mut()) else { return explanation };
    let demands = &policy.demands;
    if demands.purpose_justification_required
        && let Some(given) = standing.purpose(app.app.id, policy.id)
    {
        members.insert("purpose_justification_prompt".into(), json!(demands.purpose_justification_prompt));
        members.insert("purpose_justification_response".into(), json!(given.text));
    }
    if demands.approval_required
        && let Some(grant) = standing.grant(app.app.id, policy.id, now)
    {
        members.insert("temporary_access_duration".into(), json!(grant.until.secs_since(grant.from)));
        members.insert("temporary_access_approvers".into(), json!(grant.approvers));
    }
    explanation
}

/// The network that counts as one client: /24 for IPv4, /56 for IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => IpAddr::V4((u32::from(v4) & 0xffff_ff00).into()),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 72)).into()),
    }
}

fn facts<'a>(person: Option<&'a Person>, at: &Circumstances<'a>, readings: &'a Readings) -> policy::Facts<'a> {
    policy::Facts {
        request: request_facts(at),
        identity: person.map(|person| &*person.identity),
        readings: Some(readings),
        standing: person.and_then(|person| person.standing.as_deref()),
    }
}

pub(crate) fn request_facts<'a>(at: &Circumstances<'a>) -> policy::RequestFacts<'a> {
    policy::RequestFacts {
        ip: at.rule_ip,
        country: crate::admit::known(at.country),
        service_token: at.service_token,
        certificate: at.certificate,
        linked_app: at.linked_app,
        now: at.now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_refusals_are_written_down_so_many_times_a_minute() {
        let (strangers, app) = (Strangers::default(), AppId::random());
        let asked = |ip: &str, secs| strangers.may_record(app, ip.parse().unwrap(), Timestamp::from_secs(secs));
        assert!((0..Strangers::EACH_MINUTE).all(|_| asked("203.0.113.1", 60)));
        assert!(!asked("203.0.113.200", 61), "the same network");
        assert!(asked("203.0.114.1", 61), "another one");
        assert!(asked("203.0.113.1", 120), "the next minute");
    }

    #[test]
    fn the_table_of_networks_is_bounded_within_a_minute() {
        let (mut minute, app) = (Minute::default(), AppId::random());
        let network = |n: usize| (app, IpAddr::V4(u32::try_from(n << 8).unwrap().into()));
        assert!((0..Strangers::MOST_NETWORKS).all(|n| minute.may_record(network(n), 1)));
        assert!(!minute.may_record(network(Strangers::MOST_NETWORKS), 1));
        assert_eq!(minute.counts.len(), Strangers::MOST_NETWORKS);
        assert!(minute.may_record(network(0), 1), "who is known goes on");
        assert!(minute.may_record(network(Strangers::MOST_NETWORKS), 2));
    }
}
