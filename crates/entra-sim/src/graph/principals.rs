//! Owns `/servicePrincipals`.

use axum::http::Method;
use serde::Deserialize;
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{assignments, needs, wrong_verb};
use crate::directory::Directory;
use crate::directory::app::{AppRole, ServicePrincipal};
use crate::directory::id::{AppId, ObjectId};
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPrincipal {
    app_id: AppId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    account_enabled: Option<bool>,
    app_role_assignment_required: Option<bool>,
    display_name: Option<String>,
    notification_email_addresses: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    app_roles: Option<Vec<AppRole>>,
}

/// The service principal that a path's key names: its id, or `appId=...`.
pub fn find(directory: &Directory, key: &str) -> Result<ObjectId, GraphError> {
    let found = match key.strip_prefix("appId=") {
        Some(app) => app.parse().ok().and_then(|app: AppId| directory.principal_of(app)),
        None => key.parse().ok().and_then(|id: ObjectId| directory.principals.get(&id)),
    };
    found.map(|sp| sp.id).ok_or_else(|| GraphError::missing(key))
}

/// `/servicePrincipals...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match rest {
        [] => match call.method {
            Method::GET => {
                call.caller.need(needs::APPS)?;
                let tenant = sim.tenant();
                let items = tenant.principals.values().map(|sp| Item { key: sp.id.to_string(), show: Box::new(move || sp.graph()) });
                page(sim, call, ("servicePrincipals", "servicePrincipals"), ListKind::Plain, items, |shown| shown)
            }
            Method::POST => create(sim, call),
            _ => Err(wrong_verb()),
        },
        [key, rest @ ..] => {
            let id = find(&sim.tenant(), key)?;
            match rest {
                [] => one(sim, call, id),
                ["appRoleAssignedTo", rest @ ..] => assignments::held_on(sim, call, id, rest),
                ["appRoleAssignments", rest @ ..] => assignments::held_by(sim, call, id, rest),
                [other, ..] => Err(GraphError::unknown_path(other)),
            }
        }
    }
}

fn one(sim: &Sim, call: &Call, id: ObjectId) -> Outcome {
    match call.method {
        Method::GET => {
            call.caller.need(needs::APPS)?;
            let shown = sim.tenant().principals.get(&id).map(ServicePrincipal::graph);
            let shown = shown.ok_or_else(|| GraphError::missing(&id.to_string()))?;
            Ok(Reply::object(sim, call, "servicePrincipals/$entity", shown))
        }
        Method::PATCH => {
            call.caller.need(needs::APPS_WRITE)?;
            let change: Change = call.json()?;
            sim.change(|directory| {
                if let Some(sp) = directory.principals.get_mut(&id) {
                    apply(sp, change);
                }
            });
            Ok(Reply::Nothing)
        }
        Method::DELETE => {
            call.caller.need(needs::APPS_WRITE)?;
            sim.change(|directory| {
                directory.principals.remove(&id);
                directory.jobs.retain(|_, job| job.principal != id);
                directory.forget(id);
            });
            Ok(Reply::Nothing)
        }
        _ => Err(wrong_verb()),
    }
}

fn apply(sp: &mut ServicePrincipal, change: Change) {
    if let Some(value) = change.account_enabled {
        sp.account_enabled = value;
    }
    if let Some(value) = change.app_role_assignment_required {
        sp.app_role_assignment_required = value;
    }
    if let Some(value) = change.display_name {
        sp.display_name = value;
    }
    if let Some(value) = change.notification_email_addresses {
        sp.notification_email_addresses = value;
    }
    if let Some(value) = change.tags {
        sp.tags = value;
    }
    if let Some(value) = change.app_roles {
        sp.app_roles = value;
    }
}

/// A fresh service principal of a registration.
pub fn fresh(directory: &Directory, app_id: AppId, name: &str, roles: Vec<AppRole>) -> ServicePrincipal {
    ServicePrincipal {
        id: ObjectId::new(Uuid::new_v4()),
        app_id,
        display_name: name.to_owned(),
        account_enabled: true,
        app_role_assignment_required: false,
        app_roles: roles,
        app_owner_organization_id: Some(directory.tenant.id.guid()),
        notification_email_addresses: Vec::new(),
        service_principal_names: vec![app_id.to_string()],
        tags: Vec::new(),
        provisionable: false,
    }
}

fn create(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::APPS_WRITE)?;
    let body: NewPrincipal = call.json()?;
    let shown = sim.change(|directory| {
        let app = directory.app(body.app_id).ok_or_else(|| GraphError::missing(&body.app_id.to_string()))?;
        if directory.principal_of(body.app_id).is_some() {
            return Err(GraphError::new(
                axum::http::StatusCode::CONFLICT,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created because the service principal name is already in use.",
            ));
        }
        let sp = fresh(directory, app.app_id, &app.display_name, app.app_roles.clone());
        let shown = sp.graph();
        directory.principals.insert(sp.id, sp);
        Ok(shown)
    })?;
    Ok(Reply::created(sim, call, "servicePrincipals/$entity", shown))
}
