//! What names a group of a directory: rule groups, policies (directly or by rule groups), and the applications where these stand.

use std::collections::BTreeSet;

use model::{AccessGroupId, IdpId, ObjectId, access_policy::AccessPolicy, rule::Rule};
use serde_json::{Value, json};
use store::Snapshot;

/// Entries of each kind that are told; `total` counts all.
const SHOWN: usize = 200;

/// Of a group that no rule can name.
pub(super) fn none() -> Value {
    json!({ "rule_groups": listed(Vec::new()), "policies": listed(Vec::new()) })
}

/// Everything that names it.
pub(super) fn of(snapshot: &Snapshot, idp: &IdpId, id: &ObjectId) -> Value {
    let names =
        |rule: &Rule| matches!(rule, Rule::AzureGroup { id: named, identity_provider_id } if named == id && identity_provider_id == idp);
    let direct: BTreeSet<AccessGroupId> =
        snapshot.access_groups.values().filter(|group| group.rules.iter().any(names)).map(|group| group.id).collect();
    let reached = reached(snapshot, direct.clone());
    let of_groups = |policy: &AccessPolicy| -> Vec<Value> {
        let mut through: Vec<AccessGroupId> =
            policy.rules.iter().filter_map(|rule| group_of(rule).filter(|id| reached.contains(id))).collect();
        through.dedup();
        through
            .iter()
            .filter_map(|id| snapshot.access_groups.get(id))
            .map(|group| json!({ "id": group.id.to_string(), "name": group.name }))
            .collect()
    };
    let mut policies = Vec::new();
    for policy in snapshot.policies.values() {
        let (by_name, through) = (policy.rules.iter().any(names), of_groups(policy));
        if by_name || !through.is_empty() {
            policies.push(json!({
                "id": policy.id.to_string(),
                "name": policy.name,
                "decision": policy.decision.as_str(),
                "reusable": policy.owner.is_none(),
                "directly": by_name,
                "rule_groups": through,
                "applications": listed(applications(snapshot, policy)),
            }));
        }
    }
    let rule_groups = snapshot
        .access_groups
        .values()
        .filter(|group| reached.contains(&group.id))
        .map(|group| json!({ "id": group.id.to_string(), "name": group.name, "directly": direct.contains(&group.id) }));
    json!({ "rule_groups": listed(rule_groups.collect()), "policies": listed(policies) })
}

/// These rule groups and all that lead to them, in however many steps; circles end it.
fn reached(snapshot: &Snapshot, mut found: BTreeSet<AccessGroupId>) -> BTreeSet<AccessGroupId> {
    loop {
        let leads = |group: &model::access_group::AccessGroup| group.rules.iter().filter_map(group_of).any(|id| found.contains(&id));
        let more: Vec<AccessGroupId> =
            snapshot.access_groups.values().filter(|group| !found.contains(&group.id) && leads(group)).map(|group| group.id).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

const fn group_of(rule: &Rule) -> Option<AccessGroupId> {
    match rule {
        Rule::Group { id } => Some(*id),
        _ => None,
    }
}

fn applications(snapshot: &Snapshot, policy: &AccessPolicy) -> Vec<Value> {
    let stands = |app: &&std::sync::Arc<model::app::App>| app.policies.iter().any(|link| link.id == policy.id);
    snapshot.apps.values().filter(stands).map(|app| json!({ "id": app.id.to_string(), "name": app.name })).collect()
}

fn listed(mut all: Vec<Value>) -> Value {
    let total = all.len();
    all.truncate(SHOWN);
    json!({ "total": total, "list": all })
}
