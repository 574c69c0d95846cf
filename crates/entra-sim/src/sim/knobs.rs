//! Owns the standing switches of the simulator: how tokens, pools and silent refusals behave until told otherwise.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::control::read;
use crate::oidc::keys::Signer;
use crate::state::Sim;

/// Whether authentication contexts that were asked for reach the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acrs {
    /// As Entra does it.
    #[default]
    Usual,
    /// The token comes without what was asked for.
    Withhold,
}

/// Whether the narrow pool of Conditional Access and Identity Protection is enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pool {
    /// One request a second.
    #[default]
    On,
    /// No limit.
    Off,
}

/// The word that a silent request hears when a policy blocks it; Microsoft's documents do not settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SilentBlock {
    /// `interaction_required`
    #[default]
    #[serde(rename = "interaction_required")]
    InteractionRequired,
    /// `access_denied`
    #[serde(rename = "access_denied")]
    AccessDenied,
}

/// The switches.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Knobs {
    /// Contexts in tokens.
    pub acrs: Acrs,
    /// The narrow pool.
    pub pool: Pool,
    /// Silent refusals.
    pub silent_block: SilentBlock,
    /// The key that signs tokens for clients.
    pub signer: Signer,
    /// Units per ten seconds, instead of what the tenant's size gives.
    pub units: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mode<T> {
    mode: T,
}

fn turn<T: for<'de> Deserialize<'de>>(sim: &Sim, body: &Bytes, set: impl FnOnce(&mut Knobs, T)) -> Response {
    match read::<Mode<T>>(body) {
        Ok(order) => {
            set(&mut sim.knobs.lock(), order.mode);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}

/// `GET /sim/knobs`
pub async fn shown(State(sim): State<Arc<Sim>>) -> Json<Knobs> {
    Json(sim.knobs.lock().clone())
}

/// `PUT /sim/acrs`
pub async fn acrs(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |knobs, mode| knobs.acrs = mode)
}

/// `PUT /sim/pool`
pub async fn pool(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |knobs, mode| knobs.pool = mode)
}

/// `PUT /sim/signer`
pub async fn signer(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |knobs, mode| knobs.signer = mode)
}

/// `PUT /sim/silent-block`
pub async fn silent_block(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |knobs, mode| knobs.silent_block = mode)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Units {
    units: Option<u32>,
}

/// `PUT /sim/units`
pub async fn units(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    match read::<Units>(&body) {
        Ok(order) => {
            sim.knobs.lock().units = order.units;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}
