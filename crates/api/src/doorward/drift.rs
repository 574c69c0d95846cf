//! `identity_providers/{identity_provider_id}/drift`: where SCIM's membership of the groups that rules name differs from the directory's.

use std::time::Duration;

use axum::extract::State;
use model::{
    IdpId, Timestamp,
    drift::{Compared, Expansion, GroupReport, Outcome, Person, PolicyUse, Report},
};
use serde_json::{Value, json};

use crate::{
    audit::Object,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    params::At,
    state::ApiState,
};

const NOUN: Object = Object("identity_provider");
/// How long somebody waits for a comparison; groups that were not asked about by then are unknown in it.
const TIME: Duration = Duration::from_secs(20);

/// Compares now. Needs the right to write, because the server makes calls for it and shows its credential.
pub(crate) async fn post(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    state.store.snapshot().idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let actor = caller.actor();
    state.write(move |tx, _| Ok(NOUN.acted(tx, actor, "drift", id, Value::Null)?)).await?;
    let report = state.doctor().drift(id, TIME, state.now()).await?;
    let report = report.ok_or_else(|| {
        ApiError::Conflict("there is nothing to compare: the provider is not of type azureAD, or SCIM is off for it".into())
    })?;
    Ok(Answer::ok(write(&report)))
}

/// The last comparison, the daily one included; `checked_at` is null before the first one.
pub(crate) async fn get(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>) -> Result<Answer, ApiError> {
    state.store.snapshot().idps.get(&id).ok_or_else(|| ApiError::missing("identity provider", id))?;
    let report = state.read(move |reader| Ok(reader.drift_report(&id)?)).await?;
    Ok(Answer::ok(match report {
        Some(report) => write(&report),
        None => json!({ "checked_at": null, "verdict": null, "complete": null, "expansion": null, "groups": [], "groups_omitted": 0 }),
    }))
}

fn write(report: &Report) -> Value {
    json!({
        "checked_at": report.at.rfc3339(),
        "verdict": report.verdict().as_str(),
        "complete": report.is_complete(),
        "expansion": report.expansion.as_ref().map(expansion),
        "groups": report.groups.iter().map(group).collect::<Vec<_>>(),
        "groups_omitted": report.groups_omitted,
    })
}

fn expansion(expansion: &Expansion) -> Value {
    let Expansion { every_secs, groups, oldest, why } = expansion;
    json!({ "every_secs": every_secs, "groups": groups, "oldest": oldest.map(Timestamp::rfc3339), "why": why })
}

fn group(group: &GroupReport) -> Value {
    let (state, why, fix) = match &group.outcome {
        Outcome::Compared(compared) if compared.differs() => ("drift", None, None),
        Outcome::Compared(compared) if compared.unreadable > 0 => {
            let why = "members came without user principal name";
            ("unknown", Some(why), Some("Grant the application permission User.Read.All."))
        }
        Outcome::Compared(_) => ("same", None, None),
        Outcome::NotProvisioned => ("not_provisioned", None, Some("Assign the group to the provisioning application.")),
        Outcome::Gone => ("gone", None, Some("Take the group out of the rules, or choose the one that took its place.")),
        Outcome::Unknown { why, fix } => ("unknown", Some(why.as_str()), Some(fix.as_str())),
    };
    let none = Compared::default();
    let compared = group.compared();
    let counts = compared.unwrap_or(&none);
    json!({
        "id": group.id,
        "name": group.name,
        "scim_id": group.scim_id,
        "state": state,
        "why": why,
        "fix": fix,
        "directory_members": compared.map(|compared| compared.directory),
        "scim_members": compared.map(|compared| compared.scim),
        "counts": {
            "nested": counts.nested, "not_sent": counts.not_sent, "extra": counts.extra, "disabled": counts.disabled,
            "filled": counts.filled, "unreadable": counts.unreadable,
        },
        "people": counts.people.iter().map(person).collect::<Vec<_>>(),
        "people_omitted": counts.people_omitted,
        "policies": group.policies.iter().map(policy).collect::<Vec<_>>(),
        "rule_groups": group.rule_groups,
    })
}

fn person(person: &Person) -> Value {
    let Person { kind, name, user_name, object_id, scim_id, through } = person;
    json!({
        "kind": kind.as_str(), "name": name, "user_name": user_name, "object_id": object_id, "scim_id": scim_id,
        "provisioned": scim_id.is_some(), "through": through,
    })
}

/// `missing_are`: what happens to a member who is missing here and judged by that.
fn policy(used: &PolicyUse) -> Value {
    let PolicyUse { id, name, decision, effect, applications } = used;
    json!({ "id": id, "name": name, "decision": decision.as_str(), "missing_are": effect.of_missing(), "applications": applications })
}
