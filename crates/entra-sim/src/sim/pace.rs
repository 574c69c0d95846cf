//! Owns the control endpoints of time, of the wire's open questions, of quarantine's thresholds and of large tenants.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::control::{problem, read};
use crate::provisioning::limits::Limits;
use crate::provisioning::schedule::{MOST_CYCLES, Pace, advance};
use crate::provisioning::wire::Wire;
use crate::seed::crowd::{Crowd, grow};
use crate::state::Sim;

/// Furthest move of the clock: a year.
const FURTHEST: i64 = 366 * 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_seconds: i64,
    /// Run each cycle that would have begun on the way, not only one at the end.
    #[serde(default)]
    stepwise: bool,
}

/// `POST /sim/time`
pub async fn time(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    let order = match read::<Move>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    if !(0..=FURTHEST).contains(&order.advance_seconds) {
        return problem(StatusCode::BAD_REQUEST, format!("advance_seconds must be 0 to {FURTHEST}; time does not go back"));
    }
    let pace = if order.stepwise { Pace::Steps } else { Pace::Jump };
    let running = Arc::clone(&sim);
    // A task of its own: a caller that goes away must not cut a cycle in half.
    let moved = tokio::spawn(async move { advance(&running, order.advance_seconds, pace).await }).await;
    let summaries = moved.unwrap_or_default();
    let cycles: Vec<Value> = summaries
        .into_iter()
        .map(|(job, summary)| {
            let mut shown = serde_json::to_value(summary).unwrap_or_default();
            shown["job"] = job.into();
            shown
        })
        .collect();
    Json(json!({"now": sim.now().graph(), "most_cycles": MOST_CYCLES, "cycles": cycles})).into_response()
}

/// `GET /sim/time`
pub async fn now(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(json!({"now": sim.now().graph()}))
}

/// Puts the named members over what holds now.
fn over<T: Serialize + DeserializeOwned>(known: &T, body: &Bytes) -> Result<T, Box<Response>> {
    let named: serde_json::Map<String, Value> = read(body)?;
    let mut whole = serde_json::to_value(known).unwrap_or_default();
    for (name, value) in named {
        whole[name.as_str()] = value;
    }
    serde_json::from_value(whole).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, error.to_string())))
}

/// `PUT /sim/provisioning-wire`
pub async fn set_wire(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    let mut held = sim.engine.wire.lock();
    match over::<Wire>(&held, &body) {
        Ok(wire) => match wire.check() {
            Ok(()) => {
                *held = wire;
                StatusCode::NO_CONTENT.into_response()
            }
            Err(text) => problem(StatusCode::BAD_REQUEST, text),
        },
        Err(refusal) => *refusal,
    }
}

/// `GET /sim/provisioning-wire`
pub async fn wire(State(sim): State<Arc<Sim>>) -> Json<Wire> {
    Json(sim.engine.wire.lock().clone())
}

/// `DELETE /sim/provisioning-wire`
pub async fn usual_wire(State(sim): State<Arc<Sim>>) -> StatusCode {
    *sim.engine.wire.lock() = Wire::default();
    StatusCode::NO_CONTENT
}

/// `PUT /sim/provisioning-limits`
pub async fn set_limits(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    let mut held = sim.engine.limits.lock();
    match over::<Limits>(&held, &body) {
        Ok(limits) => {
            *held = limits;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}

/// `GET /sim/provisioning-limits`
pub async fn limits(State(sim): State<Arc<Sim>>) -> Json<Limits> {
    Json(*sim.engine.limits.lock())
}

/// `DELETE /sim/provisioning-limits`
pub async fn usual_limits(State(sim): State<Arc<Sim>>) -> StatusCode {
    *sim.engine.limits.lock() = Limits::default();
    StatusCode::NO_CONTENT
}

/// `POST /sim/crowd`
pub async fn crowd(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    let order = match read::<Crowd>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let now = sim.now();
    match sim.change(|directory| grow(directory, &order, now)) {
        Ok(grown) => Json(grown).into_response(),
        Err(error) => problem(StatusCode::BAD_REQUEST, error.to_string()),
    }
}
