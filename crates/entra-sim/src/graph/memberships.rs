//! Owns what a person belongs to: memberOf, transitiveMemberOf and the member actions.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::call::Call;
use super::caller::Needs;
use super::error::GraphError;
use super::needs;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{short, wrong_verb};
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Through which path the person was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// `/me`
    Me,
    /// `/users/{id}`
    Users,
}

/// Most ids that `getMemberGroups` returns.
const MOST_IDS: usize = 11_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    security_enabled_only: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    group_ids: Vec<String>,
}

/// Below `/me` or `/users/{id}`.
pub fn route(sim: &Sim, call: &Call, person: ObjectId, rest: &[&str], path: Path) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, ["memberOf", cast @ ..]) => {
            let needs = if path == Path::Me { needs::MY_GROUPS } else { needs::THEIR_GROUPS };
            let groups = sim.tenant().direct_groups(person);
            list(sim, call, (person, "memberOf"), needs, &groups, cast)
        }
        (&Method::GET, ["transitiveMemberOf", cast @ ..]) => {
            let needs = if path == Path::Me { needs::MY_ALL_GROUPS } else { needs::THEIR_ALL_GROUPS };
            let groups = sim.tenant().all_groups(person);
            list(sim, call, (person, "transitiveMemberOf"), needs, &groups, cast)
        }
        (&Method::POST, [action]) => act(sim, call, person, short(action)),
        (_, ["memberOf" | "transitiveMemberOf", ..]) => Err(wrong_verb()),
        _ => Err(GraphError::unknown_path(rest.first().copied().unwrap_or_default())),
    }
}

fn act(sim: &Sim, call: &Call, person: ObjectId, action: &str) -> Outcome {
    let tenant = sim.tenant();
    match action {
        "getMemberGroups" | "getMemberObjects" => {
            call.caller.need(if action == "getMemberGroups" { needs::MEMBER_GROUPS } else { needs::MEMBER_OBJECTS })?;
            let which: Which = call.json()?;
            let mut ids = security(&tenant, tenant.all_groups(person), which.security_enabled_only);
            if action == "getMemberObjects" {
                ids.extend(tenant.roles_held(person).map(|role| role.id));
            }
            if ids.len() > MOST_IDS {
                return Err(GraphError::new(
                    StatusCode::BAD_REQUEST,
                    "Directory_ResultSizeLimitExceeded",
                    "The result size is above the limit.",
                ));
            }
            Ok(ids_reply(sim, call, ids))
        }
        "checkMemberGroups" => {
            call.caller.need(needs::MEMBER_GROUPS)?;
            let check: Check = call.json()?;
            if check.group_ids.len() > 20 {
                return Err(GraphError::bad("The groupIds collection must hold 1 to 20 ids."));
            }
            let held = tenant.all_groups(person);
            let asked = check.group_ids.iter().filter_map(|id| id.parse().ok());
            Ok(ids_reply(sim, call, asked.filter(|id| held.contains(id)).collect()))
        }
        other => Err(GraphError::unknown_path(other)),
    }
}

fn security(directory: &Directory, ids: BTreeSet<ObjectId>, only: bool) -> BTreeSet<ObjectId> {
    let secure = |id: &ObjectId| directory.groups.get(id).is_some_and(|group| group.security_enabled);
    ids.into_iter().filter(|id| !only || secure(id)).collect()
}

fn ids_reply(sim: &Sim, call: &Call, ids: BTreeSet<ObjectId>) -> Reply {
    let values = ids.iter().map(|id| id.to_string().into()).collect();
    Reply::values(sim, call, "Collection(Edm.String)", values)
}

fn list(sim: &Sim, call: &Call, (person, relation): (ObjectId, &str), needs: Needs, groups: &BTreeSet<ObjectId>, cast: &[&str]) -> Outcome {
    call.caller.need(needs)?;
    let is_cast = match cast {
        [] => false,
        ["microsoft.graph.group"] if !call.is_advanced() => return Err(unadvanced()),
        ["microsoft.graph.group"] => true,
        [other, ..] => return Err(GraphError::unknown_path(other)),
    };
    let detail = call.caller.holds(needs::GROUP_DETAIL);
    let tenant = sim.tenant();
    let items = groups.iter().filter_map(|id| tenant.groups.get(id)).map(|group| Item {
        key: group.id.to_string(),
        show: Box::new(move || {
            let shown = if detail { group.graph() } else { limited(group.graph()) };
            if is_cast { shown } else { typed(shown, "group") }
        }),
    });
    let roles = tenant.roles_held(person).filter(|_| !is_cast).map(|role| Item {
        key: role.id.to_string(),
        show: Box::new(move || typed(if detail { role.graph() } else { limited(role.graph()) }, "directoryRole")),
    });
    let items = items.chain(roles);
    let (context, tail) = if is_cast { ("groups", "/microsoft.graph.group") } else { ("directoryObjects", "") };
    let path = format!("users/{person}/{relation}{tail}");
    page(sim, call, (context, &path), ListKind::Relation, items, |shown| shown)
}

/// The error for a cast without the header and `$count`.
pub fn unadvanced() -> GraphError {
    GraphError::unsupported("OData cast segments need the header 'ConsistencyLevel: eventual' and the option $count=true.")
}

/// Names the type, as in a mixed collection.
pub fn typed(shown: Value, kind: &str) -> Value {
    match shown {
        Value::Object(mut map) => {
            map.shift_insert(0, "@odata.type".into(), format!("#microsoft.graph.{kind}").into());
            Value::Object(map)
        }
        other => other,
    }
}

/// The limited-information rule: without the right to read groups only the id is told.
pub fn limited(shown: Value) -> Value {
    match shown {
        Value::Object(map) => {
            let blank = map.into_iter().map(|(name, value)| {
                let value = if name == "id" { value } else { Value::Null };
                (name, value)
            });
            Value::Object(blank.collect())
        }
        other => other,
    }
}
