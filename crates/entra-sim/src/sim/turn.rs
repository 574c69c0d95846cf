//! Owns the control endpoints that turn switches.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{problem, read};
use super::faults::Target;
use super::switches::{LONGEST_DELAY, Provoked, Replay, Reshape, Switches};
use crate::oidc::aadsts;
use crate::state::Sim;

/// Largest error of the clock: ten years.
const LARGEST_SKEW: i64 = 10 * 366 * 86_400;

fn done(result: Result<(), String>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(text) => problem(StatusCode::BAD_REQUEST, text),
    }
}

fn turn<T: for<'de> Deserialize<'de>>(sim: &Sim, body: &Bytes, with: impl FnOnce(&mut Switches, T) -> Result<(), String>) -> Response {
    match read::<T>(body) {
        Ok(order) => done(with(&mut sim.switches.lock(), order)),
        Err(refusal) => *refusal,
    }
}

/// `GET /sim/switches`
pub async fn show(State(sim): State<Arc<Sim>>) -> Json<Switches> {
    Json(sim.switches.lock().clone())
}

/// `DELETE /sim/switches`
pub async fn clear(State(sim): State<Arc<Sim>>) -> StatusCode {
    *sim.switches.lock() = Switches::default();
    StatusCode::NO_CONTENT
}

/// `GET /sim/aadsts`
pub async fn table(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!({"rows": aadsts::rows(), "waiting": sim.switches.lock().aadsts}))
}

/// `PUT /sim/aadsts`
pub async fn provoke(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, wanted: Provoked| switches.plan(wanted).map_err(|error| error.to_string()))
}

/// `DELETE /sim/aadsts`
pub async fn forget(State(sim): State<Arc<Sim>>) -> StatusCode {
    sim.switches.lock().aadsts.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Latency {
    target: Target,
    millis: u64,
}

/// `PUT /sim/latency`
pub async fn latency(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, order: Latency| {
        if order.millis > LONGEST_DELAY {
            return Err(format!("millis must be at most {LONGEST_DELAY}"));
        }
        if order.millis == 0 {
            switches.latency.remove(&order.target);
        } else {
            switches.latency.insert(order.target, order.millis);
        }
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    skew_seconds: i64,
}

/// `PUT /sim/clock`
pub async fn clock(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, order: Clock| {
        if order.skew_seconds.abs() > LARGEST_SKEW {
            return Err(format!("skew_seconds must be between -{LARGEST_SKEW} and {LARGEST_SKEW}"));
        }
        switches.skew_seconds = order.skew_seconds;
        Ok(())
    })
}

/// `PUT /sim/id-token`; `null` ends it.
pub async fn id_token(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, order: Option<Reshape>| {
        if order.as_ref().is_some_and(|order| order.times == Some(0)) {
            return Err("times must be at least 1".to_owned());
        }
        switches.id_token = order;
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frequency {
    seconds: Option<i64>,
}

/// `PUT /sim/sign-in-frequency`
pub async fn frequency(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, order: Frequency| {
        if order.seconds.is_some_and(|seconds| seconds < 0) {
            return Err("seconds must not be negative; null ends the rule".to_owned());
        }
        switches.sign_in_frequency = order.seconds;
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assertions {
    replay: Replay,
}

/// `PUT /sim/assertions`
pub async fn assertions(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    turn(&sim, &body, |switches, order: Assertions| {
        switches.assertion_replay = order.replay;
        Ok(())
    })
}
