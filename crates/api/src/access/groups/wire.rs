//! The rule group of the v4 API: reading, checking and writing it.

use model::{
    AccessGroupId,
    access_group::AccessGroup,
    access_policy::PolicyAction,
    rule::{Rule, RuleSet},
};
use serde_json::{Map, Value, json};
use store::{Reader, Snapshot};

use crate::{
    access::rules,
    error::ApiError,
    fault::{Faults, Fields},
    state::Stop,
};

/// A group as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub rules: RuleSet,
    pub is_default: bool,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        let name = fields.required_text("name", 255).map(str::to_owned);
        let rules = rules::read(&fields);
        let is_default = fields.flag("is_default").unwrap_or(false);
        if is_default {
            fields.fault("is_default", "adding a group to new applications by itself is not supported yet: leave it out");
        }
        fields.read_only(&["id", "uid", "created_at", "updated_at"]);
        fields.done();
        Some(Draft { name: name?, rules, is_default })
    });
    faults.finish_some(draft)
}

/// Checks a group's rules against what exists; `id` is the group's own, when it has one already.
pub(super) fn check(reader: &Reader<'_>, snapshot: &Snapshot, draft: &mut Draft, id: Option<AccessGroupId>) -> Result<(), Stop> {
    let faults = Faults::default();
    rules::check(reader, "", &mut draft.rules, &faults)?;
    if let Some(id) = id {
        if let Some(way) = rules::reaches(reader, "", &draft.rules, &id)? {
            let circle: Vec<String> = std::iter::once(&draft.name).chain(&way.groups).map(|name| format!("{name:?}")).collect();
            faults.add(way.pointer, format!("groups must not go in circles: {}", circle.join(" → ")));
        } else if let Some(pointer) = rules::identity_rule(reader, "", &draft.rules)?
            && let Some(policy) = bypassing(reader, snapshot, &id)?
        {
            faults.add(pointer, format!("the bypass policy {policy:?} uses this group: it takes no rules about who the person is"));
        }
    }
    Ok(faults.finish(())?)
}

/// A bypass policy that uses the group, itself or through others.
fn bypassing(reader: &Reader<'_>, snapshot: &Snapshot, id: &AccessGroupId) -> Result<Option<String>, Stop> {
    for policy in snapshot.policies.values().filter(|p| p.decision == PolicyAction::Bypass) {
        let nests = policy.rules.iter().any(|rule| matches!(rule, Rule::Group { .. }));
        if nests && rules::reaches(reader, "", &policy.rules, id)?.is_some() {
            return Ok(Some(policy.name.clone()));
        }
    }
    Ok(None)
}

/// The wire form. `is_default` is told only when it is set: the contract's result type for it is not a boolean.
pub(super) fn write(group: &AccessGroup) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(group.id.to_string()));
    put("uid", json!(group.id.to_string()));
    put("name", json!(group.name));
    put("include", rules::wire(&group.rules.include));
    put("exclude", rules::wire(&group.rules.exclude));
    put("require", rules::wire(&group.rules.require));
    if group.is_default {
        put("is_default", json!(true));
    }
    put("created_at", json!(group.created_at.rfc3339()));
    put("updated_at", json!(group.updated_at.rfc3339()));
    Value::Object(out)
}
