//! entra-sim.
