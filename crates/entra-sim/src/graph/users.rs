//! Owns `/me` and `/users`.

use axum::http::Method;
use serde_json::{Map, Value};

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{assignments, devices, memberships, needs, referenced, short, wrong_verb};
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::directory::user::{Profile, Secret, User};
use crate::oidc::access::Who;
use crate::state::Sim;

/// What Graph shows of a user when nothing is selected.
const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// Keeps the usual properties unless the call selects its own.
pub fn usual(call: &Call, shown: Value) -> Value {
    if call.options.select.is_some() {
        return shown;
    }
    match shown {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(name, _)| name.starts_with('@') || USUAL.contains(&name.as_str()));
            Value::Object(kept.collect())
        }
        other => other,
    }
}

/// `/me...`
pub fn me(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    let person = call.caller.me()?;
    match rest {
        [] if call.method == Method::GET => {
            call.caller.need(needs::ME)?;
            show(sim, call, person)
        }
        [] => Err(wrong_verb()),
        _ => below(sim, call, person, rest, memberships::Path::Me),
    }
}

/// `/users...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match rest {
        [] if call.method == Method::GET => list(sim, call),
        [] if call.method == Method::POST => create(sim, call),
        ["$count"] if call.method == Method::GET => {
            call.caller.need(needs::USERS)?;
            if call.consistency != super::call::Consistency::Eventual {
                return Err(GraphError::unsupported("$count needs the header 'ConsistencyLevel: eventual'."));
            }
            Ok(Reply::Text(sim.tenant().live_users().count().to_string()))
        }
        [] | ["$count"] => Err(wrong_verb()),
        [key, rest @ ..] => {
            let person = find(sim, key)?;
            match rest {
                [] => one(sim, call, person),
                _ => below(sim, call, person, rest, memberships::Path::Users),
            }
        }
    }
}

fn find(sim: &Sim, key: &str) -> Result<ObjectId, GraphError> {
    sim.tenant().user(key).map(|user| user.id).ok_or_else(|| GraphError::missing(key))
}

fn one(sim: &Sim, call: &Call, person: ObjectId) -> Outcome {
    match call.method {
        Method::GET => {
            let own = matches!(&call.caller.who, Who::Person(me, _) if *me == person);
            call.caller.need(if own { needs::ME } else { needs::USERS })?;
            show(sim, call, person)
        }
        Method::PATCH => {
            call.caller.need(needs::USERS_WRITE)?;
            let body = call.object()?;
            sim.change(|directory| patch(directory, person, body, sim))?;
            Ok(Reply::Nothing)
        }
        Method::DELETE => {
            call.caller.need(needs::USERS_WRITE)?;
            let now = sim.now();
            sim.change(|directory| {
                if let Some(user) = directory.users.get_mut(&person) {
                    user.deleted = Some(now);
                    user.valid_from = now;
                }
            });
            Ok(Reply::Nothing)
        }
        _ => Err(wrong_verb()),
    }
}

fn below(sim: &Sim, call: &Call, person: ObjectId, rest: &[&str], path: memberships::Path) -> Outcome {
    match (&call.method, rest) {
        (&Method::POST, [action]) if short(action) == "revokeSignInSessions" => {
            call.caller.need(needs::USERS_WRITE)?;
            let now = sim.now();
            sim.change(|directory| {
                if let Some(user) = directory.users.get_mut(&person) {
                    user.valid_from = now;
                }
            });
            Ok(Reply::object(sim, call, "Edm.Boolean", serde_json::json!({"value": true})))
        }
        (_, ["managedDevices"]) => devices::of_person(sim, call, person),
        (_, ["manager", rest @ ..]) => manager(sim, call, person, rest),
        (_, ["appRoleAssignments", rest @ ..]) => assignments::held_by(sim, call, person, rest),
        _ => memberships::route(sim, call, person, rest, path),
    }
}

fn manager(sim: &Sim, call: &Call, person: ObjectId, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            call.caller.need(needs::USERS)?;
            let manager = sim.tenant().users.get(&person).and_then(|user| user.manager);
            show(sim, call, manager.ok_or_else(|| GraphError::missing("manager"))?)
        }
        (&Method::PUT, ["$ref"]) => {
            call.caller.need(needs::USERS_WRITE)?;
            let manager = referenced(call)?;
            find(sim, &manager.to_string())?;
            set_manager(sim, person, Some(manager))
        }
        (&Method::DELETE, ["$ref"]) => {
            call.caller.need(needs::USERS_WRITE)?;
            set_manager(sim, person, None)
        }
        _ => Err(wrong_verb()),
    }
}

fn set_manager(sim: &Sim, person: ObjectId, manager: Option<ObjectId>) -> Outcome {
    sim.change(|directory| {
        if let Some(user) = directory.users.get_mut(&person) {
            user.manager = manager;
        }
    });
    Ok(Reply::Nothing)
}

fn show(sim: &Sim, call: &Call, person: ObjectId) -> Outcome {
    let tenant = sim.tenant();
    let user = tenant.users.get(&person).filter(|user| user.is_live());
    let user = user.ok_or_else(|| GraphError::missing(&person.to_string()))?;
    Ok(Reply::object(sim, call, "users/$entity", usual(call, user.graph())))
}

fn list(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::USERS)?;
    let tenant = sim.tenant();
    let items = tenant.live_users().map(|user| Item { key: user.id.to_string(), show: Box::new(move || user.graph()) });
    page(sim, call, ("users", "users"), ListKind::Plain, items, |shown| usual(call, shown))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, GraphError> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| GraphError::bad(format!("A value is required for property '{name}' of resource 'User'.")))
}

fn create(sim: &Sim, call: &Call) -> Outcome {
    call.caller.need(needs::USERS_WRITE)?;
    let mut body = call.object()?;
    for name in ["displayName", "mailNickname", "userPrincipalName"] {
        text(&body, name)?;
    }
    if !body.get("accountEnabled").is_some_and(Value::is_boolean) {
        return Err(GraphError::bad("A value is required for property 'accountEnabled' of resource 'User'."));
    }
    if body.get("passwordProfile").and_then(|profile| profile.get("password")).is_none() {
        return Err(GraphError::bad("A password must be specified to create a new user."));
    }
    let password = password(&mut body)?;
    let id = ObjectId::random();
    let now = sim.now();
    let shown = sim.change(|directory| {
        let mut user = User {
            id,
            profile: Profile::default(),
            password: password.unwrap_or_default(),
            created: now,
            deleted: None,
            valid_from: now,
            manager: None,
            standing: Default::default(),
        };
        user.profile = merged(directory, &user, body)?;
        let shown = user.graph();
        directory.users.insert(id, user);
        Ok::<Value, GraphError>(shown)
    })?;
    Ok(Reply::created(sim, call, "users/$entity", usual(call, shown)))
}

fn password(body: &mut Map<String, Value>) -> Result<Option<Secret>, GraphError> {
    let Some(profile) = body.shift_remove("passwordProfile") else {
        return Ok(None);
    };
    let Some(text) = profile.get("password") else {
        return Ok(None);
    };
    let text = text.as_str().filter(|text| text.len() >= 8);
    let text = text.ok_or_else(|| GraphError::bad("The specified password does not comply with password complexity requirements."))?;
    Ok(Some(Secret::new(text)))
}

fn patch(directory: &mut Directory, person: ObjectId, mut body: Map<String, Value>, sim: &Sim) -> Result<(), GraphError> {
    let password = password(&mut body)?;
    let user = directory.users.get(&person).ok_or_else(|| GraphError::missing(&person.to_string()))?;
    let profile = merged(directory, user, body)?;
    if let Some(user) = directory.users.get_mut(&person) {
        user.profile = profile;
        if let Some(password) = password {
            user.password = password;
            // A new password ends what the old one began.
            user.valid_from = sim.now();
        }
    }
    Ok(())
}

/// The profile with the body's properties put over it.
fn merged(directory: &Directory, user: &User, body: Map<String, Value>) -> Result<Profile, GraphError> {
    let known = serde_json::to_value(Profile::default()).unwrap_or_default();
    let mut profile = serde_json::to_value(&user.profile).unwrap_or_default();
    for (name, value) in body {
        if name.starts_with("@odata") {
            continue;
        }
        if known.get(&name).is_none() && !name.starts_with("extension_") {
            return Err(GraphError::bad(format!("Invalid property '{name}'.")));
        }
        profile[name.as_str()] = value;
    }
    let profile: Profile =
        serde_json::from_value(profile).map_err(|error| GraphError::bad(format!("A property has a value of the wrong type: {error}.")))?;
    let upn = profile.user_principal_name.as_str();
    let domain = upn.rsplit_once('@').map(|(_, domain)| domain);
    if domain.is_none_or(|domain| !domain.eq_ignore_ascii_case(&directory.tenant.domain)) {
        return Err(GraphError::bad(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
        ));
    }
    if directory.user(upn).is_some_and(|other| other.id != user.id) {
        return Err(GraphError::bad("Another object with the same value for property userPrincipalName already exists."));
    }
    Ok(profile)
}
