//! Owns `/oauth2PermissionGrants`.

use axum::http::Method;
use serde::Deserialize;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::directory::grant::{ConsentType, Grant};
use crate::directory::id::ObjectId;
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewGrant {
    client_id: ObjectId,
    resource_id: ObjectId,
    consent_type: ConsentType,
    #[serde(default)]
    principal_id: Option<ObjectId>,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    scope: String,
}

/// `/oauth2PermissionGrants...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            call.caller.need(needs::GRANTS)?;
            let tenant = sim.tenant();
            let items = tenant.grants.values().map(|grant| Item { key: grant.id.clone(), show: Box::new(move || grant.graph()) });
            page(sim, call, ("oauth2PermissionGrants", "oauth2PermissionGrants"), ListKind::Plain, items, |shown| shown)
        }
        (&Method::POST, []) => {
            call.caller.need(needs::GRANTS_WRITE)?;
            let body: NewGrant = call.json()?;
            create(sim, call, &body)
        }
        (&Method::GET, [id]) => {
            call.caller.need(needs::GRANTS)?;
            let shown = sim.tenant().grants.get(*id).map(Grant::graph);
            let shown = shown.ok_or_else(|| GraphError::missing(id))?;
            Ok(Reply::object(sim, call, "oauth2PermissionGrants/$entity", shown))
        }
        (&Method::PATCH, [id]) => {
            call.caller.need(needs::GRANTS_WRITE)?;
            let change: Change = call.json()?;
            sim.change(|directory| {
                let grant = directory.grants.get_mut(*id).ok_or_else(|| GraphError::missing(id))?;
                change.scope.trim().clone_into(&mut grant.scope);
                Ok(Reply::Nothing)
            })
        }
        (&Method::DELETE, [id]) => {
            call.caller.need(needs::GRANTS_WRITE)?;
            let gone = sim.change(|directory| directory.grants.remove(*id));
            gone.map(|_| Reply::Nothing).ok_or_else(|| GraphError::missing(id))
        }
        _ => Err(wrong_verb()),
    }
}

fn create(sim: &Sim, call: &Call, body: &NewGrant) -> Outcome {
    let person = match (body.consent_type, body.principal_id) {
        (ConsentType::AllPrincipals, None) => None,
        (ConsentType::Principal, Some(person)) => Some(person),
        _ => return Err(GraphError::bad("principalId goes with consentType Principal, and only with it.")),
    };
    let grant = Grant::new(body.client_id, body.resource_id, person, &body.scope);
    let shown = grant.graph();
    sim.change(|directory| {
        for id in [body.client_id, body.resource_id] {
            if !directory.principals.contains_key(&id) {
                return Err(GraphError::missing(&id.to_string()));
            }
        }
        if directory.grants.contains_key(&grant.id) {
            return Err(GraphError::new(
                axum::http::StatusCode::CONFLICT,
                "Request_MultipleObjectsWithSameKeyValue",
                "Permission entry already exists.",
            ));
        }
        directory.grants.insert(grant.id.clone(), grant);
        Ok(())
    })?;
    Ok(Reply::created(sim, call, "oauth2PermissionGrants/$entity", shown))
}
