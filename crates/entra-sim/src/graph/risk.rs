//! Owns `/identityProtection`: people at risk and the detections behind it.

use axum::http::Method;
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::quota::narrow;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::directory::id::ObjectId;
use crate::state::Sim;

const USERS: &str = "identityProtection/riskyUsers";
const DETECTIONS: &str = "identityProtection/riskDetections";

/// Below `/identityProtection`.
pub fn route(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    match rest {
        ["riskyUsers", rest @ ..] => {
            call.caller.need(needs::RISKY_USERS)?;
            narrow(sim)?;
            users(sim, call, rest)
        }
        ["riskDetections", rest @ ..] => {
            call.caller.need(needs::DETECTIONS)?;
            narrow(sim)?;
            detections(sim, call, rest)
        }
        _ => Err(GraphError::unknown_path(rest.first().copied().unwrap_or("identityProtection"))),
    }
}

fn users(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    let tenant = sim.tenant();
    match rest {
        [] => {
            let watched = tenant.risk.iter().filter_map(|(id, risk)| tenant.users.get(id).map(|user| (risk, user)));
            let items = watched.map(|(risk, user)| Item { key: user.id.to_string(), show: Box::new(move || risk.graph(user)) });
            page(sim, call, (USERS, USERS), ListKind::Plain, items, |shown| shown)
        }
        [key] => {
            let id = key.parse::<ObjectId>().ok();
            let found = id.and_then(|id| Some(tenant.risk.get(&id)?.graph(tenant.users.get(&id)?)));
            Ok(Reply::object(sim, call, &format!("{USERS}/$entity"), found.ok_or_else(|| GraphError::missing(key))?))
        }
        [_, other, ..] => Err(GraphError::unknown_path(other)),
    }
}

fn detections(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    let tenant = sim.tenant();
    let known = || tenant.detections.iter().filter_map(|one| tenant.users.get(&one.person).map(|user| (one, user)));
    match rest {
        [] => {
            let items = known().map(|(one, user)| Item { key: one.id.to_string(), show: Box::new(move || one.graph(user)) });
            page(sim, call, (DETECTIONS, DETECTIONS), ListKind::Plain, items, |shown| shown)
        }
        [key] => {
            let id = key.parse::<Uuid>().ok();
            let found = known().find(|(one, _)| Some(one.id) == id).map(|(one, user)| one.graph(user));
            Ok(Reply::object(sim, call, &format!("{DETECTIONS}/$entity"), found.ok_or_else(|| GraphError::missing(key))?))
        }
        [_, other, ..] => Err(GraphError::unknown_path(other)),
    }
}
