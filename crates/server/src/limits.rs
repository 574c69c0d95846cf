//! What keeps the server standing when there is too much of everything: memory, connections, calls.

mod memory;

pub(crate) use memory::{Level, Pressure, watch};
