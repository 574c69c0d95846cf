//! Owns the simulator's own endpoints under `/sim`, which Microsoft does not have.

pub mod control;
pub mod faults;
pub mod inject;

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
        .route("/sim/tenant", get(control::tenant))
        .layer(middleware::from_fn_with_state(Arc::clone(sim), control::guard))
}
