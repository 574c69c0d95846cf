//! Policies tried on one person, in words, with what is assumed about them.

use guard::trial::{Candidate, Origin, People, Trial, Tried};
use model::{Timestamp, identity::Identity};
use serde_json::{Value, json};
use store::{Reader, StoreError};

use super::{About, Names, in_words};
use crate::{access::policy_tests::word, state::ApiState};

/// What a person is judged with.
pub(crate) struct Looked<'a> {
    pub people: &'a People,
    pub snapshot: std::sync::Arc<store::Snapshot>,
    pub now: Timestamp,
}

/// The whole answer about one person.
pub(crate) fn person(reader: &Reader<'_>, looked: &Looked<'_>, tried: &Tried, candidate: &Candidate) -> Result<Value, StoreError> {
    let (id, registered) = match candidate.origin {
        Origin::Person(id) => (id.to_string(), true),
        Origin::Provisioned(_, id) => (id.to_string(), false),
    };
    let mut out = json!({
        "id": id,
        "email": candidate.shown.email,
        "name": candidate.shown.name,
        "source": if candidate.told_by.is_some() { "provisioning" } else { "sign-in" },
        "registered": registered,
        "assumed": candidate.assumed.iter().map(|a| json!({ "fact": a.fact, "how": a.how })).collect::<Vec<_>>(),
    });
    let name = Some(candidate.shown.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(&candidate.shown.email).to_owned();
    let Some(facts) = &candidate.facts else {
        out["status"] = json!("error");
        out["why"] = json!({ "verdict": "undecided", "summary": format!("{name}: nothing is known to judge by."), "policy_id": null, "policies": [], "fixes": [] });
        return Ok(out);
    };
    let mut explanation = serde_json::to_value(tried.explain(facts, looked.now)).unwrap_or_default();
    if candidate.told_by.is_some() {
        provisioning_told(&mut explanation);
    }
    let identity: Option<&Identity> = facts.identity.as_deref();
    let names = Names::of(reader, std::sync::Arc::clone(&looked.snapshot), &explanation, identity)?;
    let mut why = in_words(&explanation, &About { person: name.clone(), names: &names });
    let trial = if candidate.refused.is_some() { Trial::Blocked } else { tried.result(facts, looked.now) };
    if let Some(reason) = candidate.refused {
        why["verdict"] = json!("refused: the account is deactivated");
        why["summary"] = json!(format!("{name}: the directory has deactivated the account; no policy is asked."));
        why["reason"] = json!(reason);
        why["policy_id"] = Value::Null;
        why["fixes"] = json!([format!("Activate {name} in the directory, and wait for provisioning to send it.")]);
    }
    out["status"] = json!(word(trial));
    out["why"] = why;
    Ok(out)
}

/// People and the configuration of this moment.
pub(crate) fn people(state: &ApiState) -> People {
    People::new(state.store.snapshot(), (state.readings)())
}

/// What the evaluator takes for told by a sign-in was told by provisioning.
fn provisioning_told(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(source) = members.get_mut("source")
                && *source == "sign-in"
            {
                *source = json!("provisioning");
            }
            members.values_mut().for_each(provisioning_told);
        }
        Value::Array(items) => items.iter_mut().for_each(provisioning_told),
        _ => {}
    }
}
