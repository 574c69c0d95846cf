//! The policy object of the v4 API, reusable or owned by an application: reading, checking and writing it.

use model::{
    PolicyId, SessionDuration, Timestamp,
    access_policy::{AccessPolicy, Demands, PolicyAction},
    rule::RuleSet,
};
use serde_json::{Map, Value, json};
use store::Reader;

use super::demands;
use crate::{
    access::rules,
    error::ApiError,
    fault::{Faults, Fields},
    state::Stop,
};

/// Longest life of an application token: 730 hours.
pub(crate) const LONGEST_SESSION: i64 = 730 * 3600;

/// A policy as a body describes it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub name: String,
    pub decision: PolicyAction,
    pub rules: RuleSet,
    pub session_duration: Option<SessionDuration>,
    pub demands: Demands,
}

impl Draft {
    /// A new policy.
    pub(crate) fn into_policy(self, owner: Option<model::AppId>, now: Timestamp) -> AccessPolicy {
        AccessPolicy {
            id: PolicyId::random(),
            name: self.name,
            decision: self.decision,
            rules: self.rules,
            session_duration: self.session_duration,
            demands: self.demands,
            owner,
            created_at: now,
            updated_at: now,
        }
    }
    /// The same policy with these contents.
    pub(crate) fn replace(self, before: &AccessPolicy, now: Timestamp) -> AccessPolicy {
        AccessPolicy {
            name: self.name,
            decision: self.decision,
            rules: self.rules,
            session_duration: self.session_duration,
            demands: self.demands,
            updated_at: now,
            ..before.clone()
        }
    }
}

/// Reads the body of a reusable policy.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        let draft = members(&fields);
        fields.done();
        draft
    });
    faults.finish_some(draft)
}

/// Reads the members of a policy, wherever it stands. The caller reads what is its own and ends with `done`.
pub(crate) fn members(fields: &Fields<'_>) -> Option<Draft> {
    const DECISIONS: [(&str, PolicyAction); 4] = [
        ("allow", PolicyAction::Allow),
        ("deny", PolicyAction::Deny),
        ("non_identity", PolicyAction::NonIdentity),
        ("bypass", PolicyAction::Bypass),
    ];
    let name = fields.required_text("name", 255).map(str::to_owned);
    let decision = if fields.require("decision") { fields.word("decision", &DECISIONS) } else { None };
    let rules = rules::read(fields);
    let session_duration = fields.duration("session_duration", 0, LONGEST_SESSION);
    fields.read_only(&["id", "uid", "reusable", "app_count", "account_id", "created_at", "updated_at"]);
    let demands = demands::read(fields);
    if fields.flag("isolation_required") == Some(true) {
        fields.fault(
            "isolation_required",
            "isolation_required is not supported yet: there is no remote browser to show an application in; leave it out",
        );
    }
    fields.not_yet(&["connection_rules", "mfa_config"]);
    Some(Draft { name: name?, decision: decision?, rules, session_duration, demands })
}

/// Checks a policy against what exists. `base` is the pointer of the object that holds its members.
pub(crate) fn check(reader: &Reader<'_>, base: &str, draft: &mut Draft, faults: &Faults) -> Result<(), Stop> {
    rules::check(reader, base, &mut draft.rules, faults)?;
    demands::check(reader, base, (draft.decision, &draft.demands), faults)?;
    if draft.decision == PolicyAction::Bypass
        && let Some(pointer) = rules::identity_rule(reader, base, &draft.rules)?
    {
        faults.add(pointer, "a bypass policy is judged without a sign-in: it takes no rules about who the person is");
    }
    Ok(())
}

/// The wire form. `app_count` belongs to reusable policies.
pub(crate) fn write(policy: &AccessPolicy, app_count: usize) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(policy.id.to_string()));
    put("uid", json!(policy.id.to_string()));
    put("name", json!(policy.name));
    put("decision", json!(policy.decision.as_str()));
    put("include", rules::wire(&policy.rules.include));
    put("exclude", rules::wire(&policy.rules.exclude));
    put("require", rules::wire(&policy.rules.require));
    if let Some(duration) = &policy.session_duration {
        put("session_duration", json!(duration.as_str()));
    }
    demands::write(&policy.demands, &mut out);
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("reusable", json!(policy.owner.is_none()));
    if policy.owner.is_none() {
        put("app_count", json!(app_count));
    }
    put("created_at", json!(policy.created_at.rfc3339()));
    put("updated_at", json!(policy.updated_at.rfc3339()));
    Value::Object(out)
}
