//! Owns `/identity/conditionalAccess`: policies and authentication contexts.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::quota::narrow;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::directory::Directory;
use crate::directory::grant::AuthContext;
use crate::directory::policy::{Policy, PolicyShape, is_context};
use crate::state::Sim;

const POLICIES: &str = "identity/conditionalAccess/policies";
const CONTEXTS: &str = "identity/conditionalAccess/authenticationContextClassReferences";

/// Below `/identity/conditionalAccess`.
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match rest {
        ["policies", rest @ ..] => policies(sim, call, rest),
        ["authenticationContextClassReferences", rest @ ..] => contexts(sim, call, rest),
        _ => Err(GraphError::unknown_path(rest.first().copied().unwrap_or("conditionalAccess"))),
    }
}

fn policies(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    let reads = call.method == Method::GET;
    call.caller.need(if reads { needs::POLICIES } else { needs::POLICIES_WRITE })?;
    narrow(sim)?;
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let tenant = sim.tenant();
            let items = tenant.policies.values().map(|one| Item { key: one.id.to_string(), show: Box::new(move || shown(one)) });
            page(sim, call, (POLICIES, POLICIES), ListKind::Plain, items, |shown| shown)
        }
        (&Method::POST, []) => {
            let shape = read(&call.object()?, &sim.tenant())?;
            let policy = shape.policy(Uuid::new_v4(), sim.now());
            let body = shown(&policy);
            sim.change(|directory| directory.policies.insert(policy.id, policy));
            Ok(Reply::created(sim, call, &format!("{POLICIES}/$entity"), body))
        }
        (&Method::GET, [key]) => {
            let id = id(key)?;
            let body = sim.tenant().policies.get(&id).map(shown);
            Ok(Reply::object(sim, call, &format!("{POLICIES}/$entity"), body.ok_or_else(|| GraphError::missing(key))?))
        }
        (&Method::PATCH, [key]) => {
            let id = id(key)?;
            let body = call.object()?;
            let now = sim.now();
            sim.change(|directory| {
                let known = directory.policies.get(&id).ok_or_else(|| GraphError::missing(key))?;
                let next = Policy { modified_date_time: Some(now), ..merged(directory, known, body)? };
                directory.policies.insert(id, next);
                Ok(Reply::Nothing)
            })
        }
        (&Method::DELETE, [key]) => {
            let id = id(key)?;
            let gone = sim.change(|directory| directory.policies.remove(&id));
            gone.map(|_| Reply::Nothing).ok_or_else(|| GraphError::missing(key))
        }
        _ => Err(wrong_verb()),
    }
}

fn id(key: &str) -> Result<Uuid, GraphError> {
    key.parse().map_err(|_| GraphError::missing(key))
}

/// Graph's JSON: controls that are absent stand as null, as clients expect them.
fn shown(policy: &Policy) -> Value {
    let mut body = json!(policy);
    body["conditions"]["platforms"] = Value::Null;
    body["conditions"]["locations"] = Value::Null;
    body["conditions"]["devices"] = Value::Null;
    body["conditions"]["signInRiskLevels"] = json!([]);
    body["conditions"]["applications"]["includeUserActions"] = json!([]);
    body
}

/// A policy with the body's members in the place of its own.
fn merged(directory: &Directory, known: &Policy, body: Map<String, Value>) -> Result<Policy, GraphError> {
    let Value::Object(mut whole) = json!(known) else {
        return Err(GraphError::bad("The policy cannot be changed."));
    };
    for name in ["id", "createdDateTime", "modifiedDateTime"] {
        whole.shift_remove(name);
    }
    whole.extend(body.into_iter().filter(|(name, _)| !name.starts_with("@odata")));
    Ok(read(&whole, directory)?.policy(known.id, known.created_date_time))
}

/// Reads a policy and checks that it names what the tenant has.
fn read(body: &Map<String, Value>, directory: &Directory) -> Result<PolicyShape, GraphError> {
    let invalid = |why: String| GraphError::new(StatusCode::BAD_REQUEST, "BadRequest", why);
    let shape = PolicyShape::read(body).map_err(|why| invalid(format!("The policy is invalid or not simulated: {why}.")))?;
    let (users, applications) = (&shape.conditions.users, &shape.conditions.applications);
    let words = ["All", "None", "GuestsOrExternalUsers"];
    let person = |text: &&String| !words.contains(&text.as_str()) && directory.user(text).is_none();
    if let Some(unknown) = users.include_users.iter().chain(&users.exclude_users).find(person) {
        return Err(invalid(format!("1012: Policy contains an unknown user: {unknown}.")));
    }
    let group = |text: &&String| !text.parse().is_ok_and(|id| directory.groups.contains_key(&id));
    if let Some(unknown) = users.include_groups.iter().chain(&users.exclude_groups).find(group) {
        return Err(invalid(format!("1013: Policy contains an unknown group: {unknown}.")));
    }
    let app = |text: &&String| !words.contains(&text.as_str()) && !text.parse().is_ok_and(|id| directory.principal_of(id).is_some());
    if let Some(unknown) = applications.include_applications.iter().chain(&applications.exclude_applications).find(app) {
        return Err(invalid(format!("1011: Policy contains an invalid application: {unknown}.")));
    }
    Ok(shape)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewContext {
    id: String,
    display_name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    is_available: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContextChange {
    display_name: Option<String>,
    description: Option<String>,
    is_available: Option<bool>,
    #[serde(default)]
    id: Option<String>,
}

fn contexts(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    let reads = call.method == Method::GET;
    call.caller.need(if reads { needs::CONTEXTS } else { needs::CONTEXTS_WRITE })?;
    narrow(sim)?;
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let tenant = sim.tenant();
            let items = tenant.contexts.iter().map(|one| Item { key: one.id.clone(), show: Box::new(move || json!(one)) });
            page(sim, call, (CONTEXTS, CONTEXTS), ListKind::Plain, items, |shown| shown)
        }
        (&Method::GET, [key]) => {
            let found = sim.tenant().contexts.iter().find(|one| one.id == *key).map(|one| json!(one));
            Ok(Reply::object(sim, call, &format!("{CONTEXTS}/$entity"), found.ok_or_else(|| GraphError::missing(key))?))
        }
        (&Method::POST, []) => create(sim, call),
        (&Method::PATCH, [key]) => change(sim, call, key),
        (&Method::DELETE, [key]) => sim.change(|directory| {
            let used = directory
                .policies
                .values()
                .any(|policy| policy.conditions.applications.include_authentication_context_class_references.iter().any(|one| one == key));
            if used {
                return Err(GraphError::bad("The authentication context is used by a Conditional Access policy."));
            }
            let before = directory.contexts.len();
            directory.contexts.retain(|one| one.id != *key);
            if directory.contexts.len() == before { Err(GraphError::missing(key)) } else { Ok(Reply::Nothing) }
        }),
        _ => Err(wrong_verb()),
    }
}

fn create(sim: &Sim, call: &Call) -> Outcome {
    let body: NewContext = call.json()?;
    if !is_context(&body.id) {
        return Err(GraphError::bad(format!("Invalid id '{}': authentication contexts are c1 to c99.", body.id)));
    }
    let made = AuthContext {
        description: body.description.unwrap_or_default(),
        id: body.id,
        display_name: body.display_name,
        is_available: body.is_available,
    };
    let shown = json!(made);
    sim.change(|directory| {
        if directory.contexts.iter().any(|one| one.id == made.id) {
            return Err(GraphError::new(StatusCode::CONFLICT, "Conflict", "An authentication context with this id exists already."));
        }
        directory.contexts.push(made);
        Ok(())
    })?;
    Ok(Reply::created(sim, call, &format!("{CONTEXTS}/$entity"), shown))
}

/// Changes a context; one that is not there yet comes into being, as with Microsoft's API.
fn change(sim: &Sim, call: &Call, key: &str) -> Outcome {
    let body: ContextChange = call.json()?;
    if !is_context(key) || body.id.as_deref().is_some_and(|id| id != key) {
        return Err(GraphError::bad(format!("Invalid id '{key}': authentication contexts are c1 to c99.")));
    }
    sim.change(|directory| {
        let at = directory.contexts.iter().position(|one| one.id == key).unwrap_or_else(|| {
            let fresh = AuthContext { id: key.to_owned(), display_name: key.to_owned(), description: String::new(), is_available: false };
            directory.contexts.push(fresh);
            directory.contexts.len() - 1
        });
        let context = &mut directory.contexts[at];
        if let Some(name) = body.display_name {
            context.display_name = name;
        }
        if let Some(text) = body.description {
            context.description = text;
        }
        if let Some(available) = body.is_available {
            context.is_available = available;
        }
    });
    Ok(Reply::Nothing)
}
