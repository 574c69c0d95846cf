//! Owns the simulator's own endpoints under `/sim`, which Microsoft does not have.

pub mod control;
pub mod faults;
pub mod hostile;
pub mod inject;
pub mod knobs;
pub mod pace;
pub mod people;
pub mod posture;
pub mod provisioning;
pub mod switches;
pub mod turn;

use std::sync::Arc;

use axum::routing::{get, post, put};
use axum::{Router, middleware};

use crate::state::Sim;

/// Routes under `/sim`.
pub fn routes(sim: &Arc<Sim>) -> Router<Arc<Sim>> {
    Router::new()
        .route("/sim/faults", get(control::waiting).post(control::plan).delete(control::clear))
        .route("/sim/paging", put(control::paging))
        .route("/sim/keys/roll", post(control::roll))
        .route("/sim/switches", get(turn::show).delete(turn::clear))
        .route("/sim/aadsts", get(turn::table).put(turn::provoke).delete(turn::forget))
        .route("/sim/people/{person}", put(people::stand))
        .route("/sim/approvals", get(people::approvals))
        .route("/sim/latency", put(turn::latency))
        .route("/sim/clock", put(turn::clock))
        .route("/sim/id-token", put(turn::id_token))
        .route("/sim/sign-in-frequency", put(turn::frequency))
        .route("/sim/assertions", put(turn::assertions))
        .route("/sim/tenant", get(control::tenant))
        .route("/sim/knobs", get(knobs::shown))
        .route("/sim/acrs", put(knobs::acrs))
        .route("/sim/pool", put(knobs::pool))
        .route("/sim/silent-block", put(knobs::silent_block))
        .route("/sim/signer", put(knobs::signer))
        .route("/sim/units", put(knobs::units))
        .route("/sim/devices/{id}", put(posture::device))
        .route("/sim/risk/{person}", put(posture::risk))
        .route("/sim/browser-device/{id}", get(posture::browser))
        .route("/sim/provisioning/{job}/run", post(provisioning::run))
        .route("/sim/provisioning/{job}/idle", get(provisioning::idle))
        .route("/sim/provisioning/{job}/external-id", put(provisioning::external_id))
        .route("/sim/provisioning/{job}/mails", get(provisioning::mails))
        .route("/sim/provisioning-wire", get(pace::wire).put(pace::set_wire).delete(pace::usual_wire))
        .route("/sim/provisioning-limits", get(pace::limits).put(pace::set_limits).delete(pace::usual_limits))
        .route("/sim/time", get(pace::now).post(pace::time))
        .route("/sim/crowd", post(pace::crowd))
        .layer(middleware::from_fn_with_state(Arc::clone(sim), control::guard))
}
