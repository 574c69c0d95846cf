//! What keeps the server standing when there is too much of everything: memory, connections, calls.

mod clients;
mod memory;
mod rate;

pub(crate) use clients::{Clients, Lease, Networks, most_connections};
pub(crate) use memory::{Level, Pressure, watch};
pub(crate) use rate::{Kind, Knocks};
