//! Owns `/groups`.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Map, Value};

use super::call::{Call, Consistency};
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{assignments, members, needs, reference, wrong_verb};
use crate::directory::Directory;
use crate::directory::group::Group;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Most members that one body binds.
const MOST_BOUND: usize = 20;

/// `/groups...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match rest {
        [] => match call.method {
            Method::GET => list(sim, call),
            Method::POST => create(sim, call),
            _ => Err(wrong_verb()),
        },
        ["$count"] => {
            call.caller.need(needs::GROUPS)?;
            if call.consistency != Consistency::Eventual {
                return Err(GraphError::unsupported("$count needs the header 'ConsistencyLevel: eventual'."));
            }
            Ok(Reply::Text(sim.tenant().groups.len().to_string()))
        }
        [key, rest @ ..] => {
            let id: ObjectId = key.parse().map_err(|_| GraphError::bad(format!("Invalid object identifier '{key}'.")))?;
            if !sim.tenant().groups.contains_key(&id) {
                return Err(GraphError::missing(key));
            }
            match rest {
                [] => one(sim, call, id),
                ["appRoleAssignments", rest @ ..] => assignments::held_by(sim, call, id, rest),
                _ => members::route(sim, call, id, rest),
            }
        }
    }
}

fn list(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::GROUPS)?;
    let tenant = sim.tenant();
    let items = tenant.groups.values().map(|group| Item { key: group.id.to_string(), show: Box::new(move || group.graph()) });
    page(sim, call, ("groups", "groups"), ListKind::Plain, items, |shown| shown)
}

fn one(sim: &Sim, call: &Call, id: ObjectId) -> Outcome {
    match call.method {
        Method::GET => {
            call.caller.need(needs::GROUPS)?;
            let shown = sim.tenant().groups.get(&id).map(Group::graph);
            let shown = shown.ok_or_else(|| GraphError::missing(&id.to_string()))?;
            Ok(Reply::object(sim, call, "groups/$entity", shown))
        }
        Method::PATCH => {
            let body = call.object()?;
            // Binding members alone is open to those who may write memberships.
            let only_members = body.keys().all(|name| name == "members@odata.bind");
            call.caller.need(if only_members { needs::MEMBERS_WRITE } else { needs::GROUPS_WRITE })?;
            sim.change(|directory| patch(directory, id, &body))?;
            Ok(Reply::Nothing)
        }
        Method::DELETE => {
            call.caller.need(needs::GROUPS_WRITE)?;
            sim.change(|directory| directory.remove_group(id));
            Ok(Reply::Nothing)
        }
        _ => Err(wrong_verb()),
    }
}

fn bound(directory: &Directory, body: &Map<String, Value>) -> Result<BTreeSet<ObjectId>, GraphError> {
    let Some(list) = body.get("members@odata.bind") else {
        return Ok(BTreeSet::new());
    };
    let list = list.as_array().filter(|list| list.len() <= MOST_BOUND);
    let list = list.ok_or_else(|| GraphError::bad("members@odata.bind takes a list of up to 20 references."))?;
    list.iter()
        .map(|entry| {
            let id = reference(entry.as_str().unwrap_or_default())?;
            members::check(directory, id)?;
            Ok(id)
        })
        .collect()
}

fn patch(directory: &mut Directory, id: ObjectId, body: &Map<String, Value>) -> Result<(), GraphError> {
    let added = bound(directory, body)?;
    let group = directory.groups.get(&id).ok_or_else(|| GraphError::missing(&id.to_string()))?;
    let mut next = group.clone();
    for (name, value) in body {
        match name.as_str() {
            "displayName" | "mailNickname" => {
                let text = value.as_str().filter(|text| !text.is_empty());
                let text = text.ok_or_else(|| GraphError::bad(format!("Invalid value specified for property '{name}'.")))?;
                if name == "displayName" {
                    next.display_name = text.to_owned();
                } else {
                    next.mail_nickname = text.to_owned();
                }
            }
            "description" => next.description = value.as_str().map(str::to_owned),
            "securityEnabled" => {
                next.security_enabled =
                    value.as_bool().ok_or_else(|| GraphError::bad("Invalid value specified for property 'securityEnabled'."))?;
            }
            "members@odata.bind" => {}
            other if other.starts_with("@odata") => {}
            other => return Err(GraphError::bad(format!("Invalid property '{other}'."))),
        }
    }
    directory.groups.insert(id, next);
    for member in added {
        directory.add_member(id, member);
    }
    Ok(())
}

fn create(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::GROUPS_WRITE)?;
    let body = call.object()?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| GraphError::bad(format!("A value is required for property '{name}' of resource 'Group'.")))
    };
    let flag = |name: &str| {
        body.get(name)
            .and_then(Value::as_bool)
            .ok_or_else(|| GraphError::bad(format!("A value is required for property '{name}' of resource 'Group'.")))
    };
    let known = ["displayName", "description", "mailEnabled", "mailNickname", "securityEnabled", "groupTypes", "members@odata.bind"];
    if let Some(name) = body.keys().find(|name| !known.contains(&name.as_str()) && !name.starts_with("@odata")) {
        return Err(GraphError::bad(format!("Invalid property '{name}'.")));
    }
    let mut group = Group {
        id: ObjectId::random(),
        display_name: text("displayName")?,
        description: body.get("description").and_then(Value::as_str).map(str::to_owned),
        mail_nickname: text("mailNickname")?,
        mail_enabled: flag("mailEnabled")?,
        security_enabled: flag("securityEnabled")?,
        group_types: body
            .get("groupTypes")
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
            .unwrap_or_default(),
        created: sim.now(),
        on_premises: None,
        members: BTreeSet::new(),
    };
    group.members = bound(&sim.tenant(), &body)?;
    let shown = group.graph();
    sim.change(|directory| directory.put_group(group));
    Ok(Reply::created(sim, call, "groups/$entity", shown))
}
