//! Owns the tests that drive a whole simulator over HTTP.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test by panicking")]

mod aadsts;
mod accounts;
mod administration;
mod claims;
mod consent;
mod credentials;
mod directory;
mod faults;
mod graph;
mod policies;
mod provisioning;
mod refusals;
mod scim_server;
mod sign_in;
mod state;
mod switches;
mod world;
