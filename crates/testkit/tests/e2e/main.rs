//! The whole system end to end: doorward, the Entra simulator and an origin in one process, one module for each subject.
#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

mod claims;
mod loop_;
