//! What holds for any input of the pure crate, seen from outside.

#![expect(clippy::unwrap_used, reason = "what helps tests may fail as tests do")]

mod conformance;
mod grammar;
