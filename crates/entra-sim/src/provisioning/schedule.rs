//! Owns the clock-driven start of cycles.
use crate::state::Sim;
use std::sync::Arc;
/// Runs until the simulator stops.
pub async fn run(sim: Arc<Sim>) {
    crate::state::stopped(sim.stopping.clone()).await;
}
