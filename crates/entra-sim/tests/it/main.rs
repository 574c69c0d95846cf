//! Owns the tests that drive a whole simulator over HTTP.

mod administration;
mod faults;
mod graph;
mod provisioning;
mod refusals;
mod scim_server;
mod sign_in;
mod state;
mod world;
