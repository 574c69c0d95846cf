//! Owns the tests that drive a whole simulator over HTTP.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

mod aadsts;
mod accounts;
mod administration;
mod bench;
mod claims;
mod clockwork;
mod consent;
mod credentials;
mod directory;
mod events;
mod faults;
mod graph;
mod mappings;
mod policies;
mod provisioning;
mod provisioning_log;
mod refusals;
mod requests;
mod scim_server;
mod sign_in;
mod state;
mod switches;
mod world;
