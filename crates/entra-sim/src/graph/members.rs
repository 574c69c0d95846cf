//! Owns the members of a group: reading them and adding and removing one.

use std::collections::BTreeSet;

use axum::http::Method;

use super::call::Call;
use super::error::GraphError;
use super::memberships::{limited, typed, unadvanced};
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, referenced, users, wrong_verb};
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::directory::user::User;
use crate::state::Sim;

/// Below `/groups/{id}`.
pub fn route(sim: &Sim, call: &Call, group: ObjectId, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::POST, ["members", "$ref"]) => {
            call.caller.need(needs::MEMBERS_WRITE)?;
            let member = referenced(call)?;
            if member == group {
                return Err(GraphError::bad("A group cannot be a member of itself."));
            }
            sim.change(|directory| {
                check(directory, member)?;
                if directory.add_member(group, member) {
                    Ok(Reply::Nothing)
                } else {
                    Err(GraphError::bad(
                        "One or more added object references already exist for the following modified properties: 'members'.",
                    ))
                }
            })
        }
        (&Method::DELETE, ["members", key, "$ref"]) => {
            call.caller.need(needs::MEMBERS_WRITE)?;
            let member: ObjectId = key.parse().map_err(|_| GraphError::bad(format!("Invalid object identifier '{key}'.")))?;
            if sim.change(|directory| directory.remove_member(group, member)) { Ok(Reply::Nothing) } else { Err(GraphError::missing(key)) }
        }
        (&Method::GET, ["members", cast @ ..]) => {
            let ids = sim.tenant().direct_members(group);
            list(sim, call, (group, "members"), &ids, cast)
        }
        (&Method::GET, ["transitiveMembers", cast @ ..]) => {
            let ids = sim.tenant().all_members(group);
            list(sim, call, (group, "transitiveMembers"), &ids, cast)
        }
        (&Method::GET, ["memberOf" | "transitiveMemberOf"]) => {
            let tenant = sim.tenant();
            let ids = if rest[0] == "memberOf" { tenant.direct_groups(group) } else { tenant.all_groups(group) };
            drop(tenant);
            list(sim, call, (group, rest[0]), &ids, &[])
        }
        (_, ["members" | "transitiveMembers" | "memberOf" | "transitiveMemberOf", ..]) => Err(wrong_verb()),
        _ => Err(GraphError::unknown_path(rest.first().copied().unwrap_or_default())),
    }
}

/// Refuses a member that does not exist.
pub fn check(directory: &Directory, member: ObjectId) -> Result<(), GraphError> {
    let known = directory.groups.contains_key(&member) || directory.users.get(&member).is_some_and(User::is_live);
    if known { Ok(()) } else { Err(GraphError::missing(&member.to_string())) }
}

fn list(sim: &Sim, call: &Call, (group, relation): (ObjectId, &str), ids: &BTreeSet<ObjectId>, cast: &[&str]) -> Outcome {
    call.caller.need(needs::MEMBERS)?;
    let tenant = sim.tenant();
    let wanted = match cast {
        [] => None,
        ["microsoft.graph.user" | "microsoft.graph.group"] if !call.is_advanced() => return Err(unadvanced()),
        [kind @ ("microsoft.graph.user" | "microsoft.graph.group")] => Some(*kind),
        [other, ..] => return Err(GraphError::unknown_path(other)),
    };
    let is_cast = wanted.is_some();
    let people = wanted != Some("microsoft.graph.group");
    let groups = wanted != Some("microsoft.graph.user");
    let sees_people = call.caller.holds(needs::USER_DETAIL);
    let items = ids.iter().filter_map(|id| {
        if let Some(user) = tenant.users.get(id).filter(|_| people) {
            let shown = move || if sees_people { user.graph() } else { limited(user.graph()) };
            return Some(Item { key: id.to_string(), show: Box::new(move || if is_cast { shown() } else { typed(shown(), "user") }) });
        }
        let group = tenant.groups.get(id).filter(|_| groups)?;
        Some(Item { key: id.to_string(), show: Box::new(move || if is_cast { group.graph() } else { typed(group.graph(), "group") }) })
    });
    let tail = wanted.map(|kind| format!("/{kind}")).unwrap_or_default();
    let context = match wanted {
        Some("microsoft.graph.user") => "users",
        Some(_) => "groups",
        None => "directoryObjects",
    };
    let path = format!("groups/{group}/{relation}{tail}");
    page(sim, call, (context, &path), ListKind::Relation, items, |shown| {
        let person = shown.get("userPrincipalName").is_some();
        if person { users::usual(call, shown) } else { shown }
    })
}
