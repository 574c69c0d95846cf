//! Owns reading objects of several kinds by their ids.

use axum::http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::call::Call;
use super::error::GraphError;
use super::memberships::typed;
use super::reply::{Outcome, Reply};
use super::{needs, users, wrong_verb};
use crate::directory::id::ObjectId;
use crate::state::Sim;

#[derive(Deserialize)]
struct Ids {
    ids: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
}

/// `POST /directoryObjects/getByIds`
pub fn by_ids(sim: &Sim, call: &Call) -> Outcome {
    if call.method != Method::POST {
        return Err(wrong_verb());
    }
    call.caller.need(needs::BY_IDS)?;
    let asked: Ids = call.json()?;
    if asked.ids.is_empty() || asked.ids.len() > 1_000 {
        return Err(GraphError::bad("The ids collection must hold 1 to 1000 ids."));
    }
    let wants = |kind: &str| asked.types.is_empty() || asked.types.iter().any(|one| one == kind || one == "directoryObject");
    let tenant = sim.tenant();
    let mut found: Vec<Value> = Vec::new();
    for id in asked.ids.iter().filter_map(|id| id.parse::<ObjectId>().ok()) {
        if let Some(user) = tenant.users.get(&id).filter(|user| user.is_live() && wants("user")) {
            found.push(typed(users::usual(call, user.graph()), "user"));
        } else if let Some(group) = tenant.groups.get(&id).filter(|_| wants("group")) {
            found.push(typed(group.graph(), "group"));
        } else if let Some(sp) = tenant.principals.get(&id).filter(|_| wants("servicePrincipal")) {
            found.push(typed(sp.graph(), "servicePrincipal"));
        } else if let Some(app) = tenant.applications.get(&id).filter(|_| wants("application")) {
            found.push(typed(app.graph(), "application"));
        }
    }
    let found = found.into_iter().map(|one| super::reply::narrow(one, &call.options)).collect();
    Ok(Reply::values(sim, call, "directoryObjects", found))
}
