//! Owns the provisioning service: what it sends to a SCIM endpoint, when, and how it went.
//!
//! Source: "How Application Provisioning works in Microsoft Entra ID", "Develop a SCIM endpoint".

pub mod client;
pub mod connection;
pub mod cycle;
pub mod dialect;
pub mod document;
pub mod engine;
pub mod expression;
pub mod job;
pub mod log;
pub mod mapping;
pub mod on_demand;
pub mod perform;
pub mod plan;
pub mod references;
pub mod schedule;
pub mod tally;
