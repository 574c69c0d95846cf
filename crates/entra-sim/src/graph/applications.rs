//! Owns `/applications`: registrations and their secrets.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{credentials, needs, principals, short, wrong_verb};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::{AppId, ObjectId};
use crate::seed::build::credential;
use crate::seed::random_secret;
use crate::state::Sim;

/// The template of an application that is in no gallery.
const NON_GALLERY: &str = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";

/// Properties that a body may set.
const WRITABLE: [&str; 11] = [
    "displayName",
    "signInAudience",
    "web",
    "spa",
    "publicClient",
    "isFallbackPublicClient",
    "appRoles",
    "requiredResourceAccess",
    "optionalClaims",
    "groupMembershipClaims",
    "identifierUris",
];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AddPassword {
    password_credential: Wish,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wish {
    display_name: Option<String>,
    start_date_time: Option<Stamp>,
    end_date_time: Option<Stamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovePassword {
    key_id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instantiate {
    display_name: String,
}

/// `/applications...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match rest {
        [] => match call.method {
            Method::GET => {
                call.caller.need(needs::APPS)?;
                let tenant = sim.tenant();
                let items = tenant.applications.values().map(|app| Item { key: app.id.to_string(), show: Box::new(move || app.graph()) });
                page(sim, call, ("applications", "applications"), ListKind::Plain, items, |shown| shown)
            }
            Method::POST => create(sim, call),
            _ => Err(wrong_verb()),
        },
        [key, rest @ ..] => {
            let id = find(&sim.tenant(), key)?;
            match rest {
                [] => one(sim, call, id),
                ["passwordCredentials"] if call.method == Method::GET => {
                    call.caller.need(needs::APPS)?;
                    let tenant = sim.tenant();
                    let shown = tenant.applications.get(&id).map(|app| app.password_credentials.iter().map(|one| one.graph()).collect());
                    Ok(Reply::values(sim, call, &format!("applications('{id}')/passwordCredentials"), shown.unwrap_or_default()))
                }
                ["federatedIdentityCredentials", rest @ ..] => credentials::federated(sim, call, id, rest),
                [action] if call.method == Method::POST => secret(sim, call, id, short(action)),
                [other, ..] => Err(GraphError::unknown_path(other)),
            }
        }
    }
}

fn find(directory: &Directory, key: &str) -> Result<ObjectId, GraphError> {
    let found = match key.strip_prefix("appId=") {
        Some(app) => app.parse().ok().and_then(|app: AppId| directory.app(app)),
        None => key.parse().ok().and_then(|id: ObjectId| directory.applications.get(&id)),
    };
    found.map(|app| app.id).ok_or_else(|| GraphError::missing(key))
}

fn one(sim: &Sim, call: &Call, id: ObjectId) -> Outcome {
    let missing = || GraphError::missing(&id.to_string());
    match call.method {
        Method::GET => {
            call.caller.need(needs::APPS)?;
            let shown = sim.tenant().applications.get(&id).map(Application::graph).ok_or_else(missing)?;
            Ok(Reply::object(sim, call, "applications/$entity", shown))
        }
        Method::PATCH => {
            call.caller.need(needs::APPS_WRITE)?;
            let body = call.object()?;
            sim.change(|directory| {
                let app = directory.applications.get(&id).ok_or_else(missing)?;
                let next = merged(app, body)?;
                // The tenant's own side of the registration follows its roles.
                let roles = next.app_roles.clone();
                let app_id = next.app_id;
                directory.applications.insert(id, next);
                if let Some(sp) = directory.principals.values_mut().find(|sp| sp.app_id == app_id) {
                    sp.app_roles = roles;
                }
                Ok(Reply::Nothing)
            })
        }
        Method::DELETE => {
            call.caller.need(needs::APPS_WRITE)?;
            sim.change(|directory| {
                let app = directory.applications.remove(&id);
                let sp = app.and_then(|app| directory.principal_of(app.app_id).map(|sp| sp.id));
                if let Some(sp) = sp {
                    directory.principals.remove(&sp);
                    directory.jobs.retain(|_, job| job.principal != sp);
                    directory.forget(sp);
                }
            });
            Ok(Reply::Nothing)
        }
        _ => Err(wrong_verb()),
    }
}

fn merged(app: &Application, body: Map<String, Value>) -> Result<Application, GraphError> {
    let mut shown = serde_json::to_value(app).unwrap_or_default();
    for (name, value) in body {
        if name.starts_with("@odata") {
            continue;
        }
        if name == "keyCredentials" {
            let keys = credentials::replaced(app, value)?;
            shown["keyCredentials"] = serde_json::to_value(keys).unwrap_or_default();
            continue;
        }
        if !WRITABLE.contains(&name.as_str()) {
            return Err(GraphError::bad(format!("Property '{name}' is read-only, unknown, or not simulated.")));
        }
        match (shown.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(new)) if name == "web" => known.extend(new),
            (_, value) => shown[name.as_str()] = value,
        }
    }
    serde_json::from_value(shown).map_err(|error| GraphError::bad(format!("A property has a value of the wrong type: {error}.")))
}

fn create(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::APPS_WRITE)?;
    let body = call.object()?;
    let name = body.get("displayName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| GraphError::bad("A value is required for property 'displayName' of resource 'Application'."))?;
    let app = Application::new(ObjectId::random(), AppId::random(), name, sim.now());
    let app = merged(&app, body)?;
    let shown = app.graph();
    sim.change(|directory| directory.applications.insert(app.id, app));
    Ok(Reply::created(sim, call, "applications/$entity", shown))
}

fn secret(sim: &Sim, call: &Call, id: ObjectId, action: &str) -> Outcome {
    call.caller.need(needs::APPS_WRITE)?;
    let now = sim.now();
    match action {
        "addPassword" => {
            let wish: AddPassword = if call.body.is_empty() { AddPassword::default() } else { call.json()? };
            let mut made = credential(random_secret(), now);
            made.start_date_time = wish.password_credential.start_date_time.unwrap_or(now);
            made.display_name = wish.password_credential.display_name;
            if let Some(end) = wish.password_credential.end_date_time {
                made.end_date_time = end;
            }
            // An end in the past alone is taken, so that a test can have an expired secret.
            if wish.password_credential.start_date_time.is_some_and(|start| start >= made.end_date_time) {
                return Err(GraphError::bad("The end date of a password credential must lie after its start date."));
            }
            let mut shown = made.graph();
            shown["secretText"] = made.text.reveal().into();
            sim.change(|directory| {
                if let Some(app) = directory.applications.get_mut(&id) {
                    app.password_credentials.push(made);
                }
            });
            Ok(Reply::object(sim, call, "microsoft.graph.passwordCredential", shown))
        }
        "removePassword" => {
            let body: RemovePassword = call.json()?;
            sim.change(|directory| {
                let app = directory.applications.get_mut(&id).ok_or_else(|| GraphError::missing(&id.to_string()))?;
                let before = app.password_credentials.len();
                app.password_credentials.retain(|one| one.key_id != body.key_id);
                if app.password_credentials.len() == before {
                    return Err(GraphError::bad("No password credential found with keyId."));
                }
                Ok(Reply::Nothing)
            })
        }
        other => Err(GraphError::unknown_path(other)),
    }
}

/// `POST /applicationTemplates/{id}/instantiate`
pub fn instantiate(sim: &Sim, call: &Call, template: &str) -> Outcome {
    if call.method != Method::POST {
        return Err(wrong_verb());
    }
    call.caller.need(needs::APPS_WRITE)?;
    if template != NON_GALLERY {
        return Err(GraphError::missing(template));
    }
    let body: Instantiate = call.json()?;
    let now = sim.now();
    let shown = sim.change(|directory| {
        let app = Application::new(ObjectId::random(), AppId::random(), &body.display_name, now);
        let mut sp = principals::fresh(directory, app.app_id, &app.display_name, Vec::new());
        sp.provisionable = true;
        sp.app_role_assignment_required = true;
        sp.tags = vec![
            "WindowsAzureActiveDirectoryIntegratedApp".to_owned(),
            "WindowsAzureActiveDirectoryCustomSingleSignOnApplication".to_owned(),
        ];
        let shown = json!({"application": app.graph(), "servicePrincipal": sp.graph()});
        directory.applications.insert(app.id, app);
        directory.principals.insert(sp.id, sp);
        shown
    });
    Ok(Reply::Json(StatusCode::CREATED, shown))
}
