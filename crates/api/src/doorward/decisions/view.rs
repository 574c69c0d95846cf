//! A decision on the wire: in a list, and whole with the explanation in words and the facts it was made from.

use model::{
    identity::Groups,
    judged::{CertificateSeen, Judged},
    log::AccessDecision,
};
use serde_json::{Value, json};
use store::Snapshot;

use crate::explained::{self, About, Names};

/// A decision of a list.
pub(super) fn row(decision: &AccessDecision, snapshot: &Snapshot) -> Value {
    let conclusion = &decision.explanation["conclusion"];
    let reason = [&conclusion["denial"]["reason"], &decision.explanation["reason"]].into_iter().find(|reason| !reason.is_null());
    let mut out = head(decision);
    let app = decision.app_id.and_then(|id| snapshot.apps.get(&id));
    let policy = decision.policy_id.and_then(|id| snapshot.policies.get(&id));
    out["app_name"] = json!(app.map(|app| &app.name));
    out["policy_name"] = json!(policy.map(|policy| &policy.name));
    out["outcome"] = conclusion["outcome"].clone();
    out["reason"] = reason.cloned().unwrap_or_default();
    out
}

/// A decision with everything that is known about it.
pub(super) fn whole(decision: &AccessDecision, names: &Names) -> Value {
    let mut out = row(decision, &names.snapshot);
    let facts = decision.facts.as_deref();
    let about = About { person: person(decision, names), names };
    let why = if decision.explanation.get("policies").is_some() {
        explained::in_words(&decision.explanation, &about)
    } else {
        explained::of_failure(&decision.explanation)
    };
    out["idp_name"] = json!(decision.idp.map(|id| names.provider(&id)));
    out["person"] = json!(about.person);
    out["explanation"] = decision.explanation.clone();
    out["why"] = why;
    out["facts"] = facts.map(|facts| self::facts(decision, facts)).unwrap_or_default();
    out["can_be_replayed"] = json!(facts.is_some());
    out
}

fn head(decision: &AccessDecision) -> Value {
    json!({
        "reference": decision.reference.as_str(),
        "created_at": decision.at.rfc3339(),
        "allowed": decision.allowed,
        "action": decision.action,
        "app_uid": decision.app_id.map(|id| id.to_string()),
        "host": decision.host,
        "path": decision.path,
        "user_uid": decision.user_id.map(|id| id.to_string()),
        "user_email": decision.user_email,
        "idp_uid": decision.idp.map(|id| id.to_string()),
        "ip_address": decision.ip.to_string(),
        "country": decision.country,
        "policy_uid": decision.policy_id.map(|id| id.to_string()),
    })
}

/// How sentences call whoever asked.
fn person(decision: &AccessDecision, names: &Names) -> String {
    let facts = decision.facts.as_deref();
    let told = facts.and_then(|facts| facts.identity.as_ref()).map(|identity| identity.name.clone()).filter(|name| !name.is_empty());
    let token = facts.and_then(|facts| facts.service_token).map(|id| {
        let known = names.snapshot.service_tokens.get(&id);
        format!("the service token {}", known.map_or_else(|| id.to_string(), |token| token.name.clone()))
    });
    told.or_else(|| decision.user_email.clone()).or(token).unwrap_or_else(|| "the visitor".to_owned())
}

/// What it was decided from; of the person what matters, of their groups how many.
fn facts(decision: &AccessDecision, facts: &Judged) -> Value {
    let identity = facts.identity.as_deref().map(|identity| {
        let groups = match &identity.groups {
            Groups::Known { list, source, at } => {
                json!({ "state": "known", "count": list.len(), "source": source, "read_at": at.rfc3339() })
            }
            Groups::Unknown { reason, at } => json!({ "state": "unknown", "reason": reason.as_str(), "read_at": at.rfc3339() }),
        };
        json!({
            "name": identity.name,
            "email": identity.email.as_str(),
            "email_trust": identity.email_trust,
            "user_principal_name": identity.upn,
            "signed_in_at": identity.signed_in_at.rfc3339(),
            "age_seconds": decision.at.secs_since(identity.signed_in_at).max(0),
            "groups": groups,
            "authentication_methods": identity.amr,
            "claims": identity.claims,
        })
    });
    let certificate = match &facts.certificate {
        CertificateSeen::NotAsked => json!({ "state": "not-asked" }),
        CertificateSeen::NotShown => json!({ "state": "not-shown" }),
        CertificateSeen::Shown { authority, common_name } => {
            json!({ "state": "shown", "authority": authority.to_string(), "common_name": common_name })
        }
    };
    json!({
        "client_address": facts.ip.map(|ip| ip.to_string()),
        "country": facts.country,
        "service_token_id": facts.service_token.map(|id| id.to_string()),
        "certificate": certificate,
        "identity": identity,
        "readings": facts.readings,
        "configuration_version": facts.version,
    })
}
