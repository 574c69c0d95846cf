//! Tests of the policy room through its public door.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cast;
mod checked_when;
mod demands;
mod evaluations;
mod explanation;
mod lists;
mod machines;
mod many;
mod matrix;
mod phases;
mod plain;
mod properties;
mod readings;
mod reasons;
mod rule_groups;
mod selectors;
mod step_up;
