//! The store from outside, through its public door.
#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

mod cast;
mod checks;
mod configuration;
mod expanded;
mod favourites;
mod feed;
mod folder;
mod hand_over;
mod held;
mod kill;
mod logs;
mod mirror;
mod numbers;
mod older;
mod opening;
mod people;
mod provisioning;
mod provisioning_log;
mod seats;
mod throughput;
mod torn;
