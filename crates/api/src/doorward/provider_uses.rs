//! `identity_providers/{identity_provider_id}/uses`: what names a login method, so that somebody who wants to remove it knows before.

use axum::extract::State;
use model::{IdpId, rule::RuleSet};
use serde_json::{Value, json};
use store::Snapshot;

use crate::{
    access::in_use::names_provider,
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
};

/// Applications first, then policies, rule groups, and the console's administrators; by name.
pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, At(id): At<IdpId>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?;
    let snapshot = state.store.snapshot();
    if !snapshot.idps.contains_key(&id) {
        return Err(ApiError::missing("identity provider", id));
    }
    Ok(Answer::page(paging.cut(uses(&snapshot, &id))))
}

fn uses(snapshot: &Snapshot, id: &IdpId) -> Vec<Value> {
    let named = |rules: &RuleSet| rules.iter().any(|rule| names_provider(rule, id));
    let mut apps: Vec<_> = snapshot.apps.values().filter(|app| app.allowed_idps.contains(id)).collect();
    apps.sort_by_key(|app| (app.name.clone(), app.id));
    let mut policies: Vec<_> = snapshot.policies.values().filter(|policy| named(&policy.rules)).collect();
    policies.sort_by_key(|policy| (policy.name.clone(), policy.id));
    let mut groups: Vec<_> = snapshot.access_groups.values().filter(|group| named(&group.rules)).collect();
    groups.sort_by_key(|group| (group.name.clone(), group.id));
    let of_app =
        |app: Option<model::AppId>| app.and_then(|app| snapshot.apps.get(&app)).map(|app| json!({ "id": app.id, "name": app.name }));
    let console = snapshot.console.as_ref().is_some_and(|console| console.trusts(id));
    let mut out: Vec<Value> =
        apps.iter().map(|app| json!({ "kind": "application", "id": app.id, "name": app.name, "application": null })).collect();
    out.extend(
        policies
            .iter()
            .map(|policy| json!({ "kind": "policy", "id": policy.id, "name": policy.name, "application": of_app(policy.owner) })),
    );
    out.extend(groups.iter().map(|group| json!({ "kind": "rule_group", "id": group.id, "name": group.name, "application": null })));
    out.extend(console.then(|| json!({ "kind": "console", "id": null, "name": "the console's administrators", "application": null })));
    out
}
