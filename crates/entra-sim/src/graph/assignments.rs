//! Owns app role assignments, seen from the application and from the principal.

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::directory::Directory;
use crate::directory::grant::Assignment;
use crate::directory::id::ObjectId;
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewAssignment {
    principal_id: ObjectId,
    resource_id: ObjectId,
    app_role_id: Uuid,
}

/// Graph's JSON of an assignment.
pub fn graph(directory: &Directory, assignment: &Assignment) -> Value {
    json!({
        "id": assignment.id,
        "deletedDateTime": null,
        "appRoleId": assignment.app_role_id,
        "createdDateTime": assignment.created.graph(),
        "principalDisplayName": directory.name_of(assignment.principal_id),
        "principalId": assignment.principal_id,
        "principalType": assignment.principal_type,
        "resourceDisplayName": directory.name_of(assignment.resource_id),
        "resourceId": assignment.resource_id,
    })
}

/// `/servicePrincipals/{id}/appRoleAssignedTo`
pub fn held_on(sim: &Sim, call: &Call, resource: ObjectId, rest: &[&str]) -> Outcome {
    let path = format!("servicePrincipals/{resource}/appRoleAssignedTo");
    act(sim, call, (&path, Side::Resource(resource)), rest)
}

/// `/users|groups|servicePrincipals/{id}/appRoleAssignments`
pub fn held_by(sim: &Sim, call: &Call, principal: ObjectId, rest: &[&str]) -> Outcome {
    let kind = call.segments.first().map_or("users", String::as_str);
    let path = format!("{kind}/{principal}/appRoleAssignments");
    act(sim, call, (&path, Side::Principal(principal)), rest)
}

#[derive(Clone, Copy)]
enum Side {
    Resource(ObjectId),
    Principal(ObjectId),
}

impl Side {
    fn has(self, assignment: &Assignment) -> bool {
        match self {
            Self::Resource(id) => assignment.resource_id == id,
            Self::Principal(id) => assignment.principal_id == id,
        }
    }
}

fn act(sim: &Sim, call: &Call, (path, side): (&str, Side), rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            call.caller.need(needs::ASSIGNMENTS)?;
            let tenant = sim.tenant();
            let directory = &*tenant;
            let items = directory
                .assignments
                .values()
                .filter(|one| side.has(one))
                .map(|one| Item { key: one.id.clone(), show: Box::new(move || graph(directory, one)) });
            page(sim, call, ("appRoleAssignments", path), ListKind::Plain, items, |shown| shown)
        }
        (&Method::POST, []) => {
            call.caller.need(needs::ASSIGNMENTS_WRITE)?;
            let body: NewAssignment = call.json()?;
            create(sim, call, side, &body)
        }
        (&Method::DELETE, [id]) => {
            call.caller.need(needs::ASSIGNMENTS_WRITE)?;
            sim.change(|directory| {
                if directory.assignments.get(*id).is_some_and(|one| side.has(one)) {
                    directory.assignments.remove(*id);
                    Ok(Reply::Nothing)
                } else {
                    Err(GraphError::missing(id))
                }
            })
        }
        _ => Err(wrong_verb()),
    }
}

fn create(sim: &Sim, call: &Call, side: Side, body: &NewAssignment) -> Outcome {
    let fits = match side {
        Side::Resource(id) => body.resource_id == id,
        Side::Principal(id) => body.principal_id == id,
    };
    if !fits {
        return Err(GraphError::bad("The ids of the path and of the body differ."));
    }
    let now = sim.now();
    let shown = sim.change(|directory| {
        let kind = directory.principal_type(body.principal_id).ok_or_else(|| GraphError::missing(&body.principal_id.to_string()))?;
        let sp = directory.principals.get(&body.resource_id).ok_or_else(|| GraphError::missing(&body.resource_id.to_string()))?;
        let known = body.app_role_id.is_nil() || sp.app_roles.iter().any(|role| role.id == body.app_role_id);
        if !known {
            return Err(GraphError::bad("Permission being assigned was not found on application."));
        }
        let made = Assignment::new((body.principal_id, kind), body.resource_id, body.app_role_id, now);
        if directory.assignments.contains_key(&made.id) {
            return Err(GraphError::bad("Permission being assigned already exists on the object."));
        }
        let shown = graph(directory, &made);
        directory.assignments.insert(made.id.clone(), made);
        Ok(shown)
    })?;
    Ok(Reply::created(sim, call, "appRoleAssignments/$entity", shown))
}
