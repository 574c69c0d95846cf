//! What strangers hand over as tokens, read through the crate's public doors.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop right there")]

mod fuzz;
