//! The world in a box: doorward, the Entra simulator and a recording origin in one process, on loopback, for whole-system tests.
//!
//! [`World::start`] gives a small tenant *Harbour Works*, a doorward with one provider, and an origin. From there on everything
//! is done as a stranger would do it: applications through the public API ([`World::app`]), people and groups through Graph
//! ([`World::graph_admin`]), provisioning through SCIM ([`World::scim`]) or Entra's own cycle ([`World::provisioning`]), and
//! people come with a browser ([`World::browser`]) that keeps cookies and shows every hop. Nothing here sleeps: time is moved
//! with [`World::pass`], and what takes a while is awaited with a bound.

mod api;
mod app;
mod browser;
mod clock;
mod graph;
mod jar;
mod must;
mod network;
mod origin;
mod page;
mod plan;
mod policy;
mod provisioning;
mod raw;
mod relay;
mod scim;
mod socket;
mod tenant;
mod world;

pub use api::{Api, Reply};
pub use app::{App, AppPlan};
pub use browser::{Ask, Browser};
pub use clock::Clock;
pub use graph::{Enabled, Graph};
pub use jar::Jar;
pub use must::{Must, within};
pub use network::{Network, Speech};
pub use origin::{Origin, Seen};
pub use page::Page;
pub use plan::Plan;
pub use policy::{Policy, Rule, allow, allow_group, block, bypass, service_auth};
pub use provisioning::Provisioning;
pub use raw::Wire;
pub use relay::{Call, Relay};
pub use scim::Scim;
pub use socket::Socket;
pub use tenant::{Tenant, password, upn};
pub use world::World;
