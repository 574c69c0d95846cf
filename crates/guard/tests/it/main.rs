//! The door with a real store beneath it: who passes, and what ends it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

mod certificates;
mod credentials;
mod fuzz;
mod interleavings;
mod linked;
mod many_streams;
mod rig;
mod seat_histories;
mod seats;
mod sessions;
mod step_up;
mod ties;
mod withdrawals;
