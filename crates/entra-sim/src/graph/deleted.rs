//! Owns `/directory/deletedItems`: people that were deleted but not yet purged.

use axum::http::Method;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, short, users, wrong_verb};
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// `/directory/deletedItems...`
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, ["microsoft.graph.user"]) => {
            call.caller.need(needs::USERS)?;
            let tenant = sim.tenant();
            let items = tenant
                .users
                .values()
                .filter(|user| !user.is_live())
                .map(|user| Item { key: user.id.to_string(), show: Box::new(move || user.graph()) });
            page(sim, call, ("users", "directory/deletedItems/microsoft.graph.user"), ListKind::Plain, items, |shown| shown)
        }
        (&Method::GET, [key]) => {
            call.caller.need(needs::USERS)?;
            let id = find(sim, key)?;
            let shown = sim.tenant().users.get(&id).map(crate::directory::user::User::graph);
            let shown = shown.ok_or_else(|| GraphError::missing(key))?;
            Ok(Reply::object(sim, call, "directoryObjects/$entity", shown))
        }
        (&Method::DELETE, [key]) => {
            call.caller.need(needs::USERS_WRITE)?;
            let id = find(sim, key)?;
            sim.change(|directory| {
                directory.users.remove(&id);
                directory.forget(id);
            });
            Ok(Reply::Nothing)
        }
        (&Method::POST, [key, action]) if short(action) == "restore" => {
            call.caller.need(needs::USERS_WRITE)?;
            let id = find(sim, key)?;
            let shown = sim.change(|directory| {
                let upn = directory.users.get(&id).map(|user| user.profile.user_principal_name.clone());
                if upn.as_deref().is_some_and(|upn| directory.user(upn).is_some()) {
                    return Err(GraphError::bad("Another object with the same value for property userPrincipalName already exists."));
                }
                let user = directory.users.get_mut(&id).ok_or_else(|| GraphError::missing(key))?;
                user.deleted = None;
                Ok(user.graph())
            })?;
            Ok(Reply::object(sim, call, "directoryObjects/$entity", users::usual(call, shown)))
        }
        (_, []) => Err(GraphError::bad("Name the type to list: /directory/deletedItems/microsoft.graph.user.")),
        _ => Err(wrong_verb()),
    }
}

fn find(sim: &Sim, key: &str) -> Result<ObjectId, GraphError> {
    let tenant = sim.tenant();
    let id: Option<ObjectId> = key.parse().ok();
    let user = id.and_then(|id| tenant.users.get(&id)).filter(|user| !user.is_live());
    user.map(|user| user.id).ok_or_else(|| GraphError::missing(key))
}
