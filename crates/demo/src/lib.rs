//! The demo: doorward, the Entra simulator and two sample origins on loopback, set up and ready to try.
//!
//! `world` has the order of things. Everything is done as a stranger would do it: doorward is configured through its public
//! API, the tenant through Graph, and both run as programs of their own. The origins can be used by tests, too.

pub mod api;
pub mod arguments;
pub mod authority;
pub mod cast;
pub mod child;
pub mod configure;
pub mod doorward;
pub mod entra;
pub mod folder;
pub mod launch;
pub mod memory;
pub mod origins;
pub mod places;
pub mod provision;
pub mod ready_file;
pub mod story;
pub mod web;
pub mod world;
