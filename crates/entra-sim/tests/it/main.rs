//! Owns the tests that drive a whole simulator over HTTP.

mod refusals;
mod sign_in;
mod world;
