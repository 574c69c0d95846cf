//! Owns the provisioning service: what it sends to a SCIM endpoint, when, and how it went.
//!
//! Source: "How Application Provisioning works in Microsoft Entra ID", "Develop a SCIM endpoint".

pub mod client;
pub mod connection;
pub mod cycle;
pub mod dialect;
pub mod document;
pub mod engine;
pub mod escrow;
pub mod expression;
pub mod failure;
pub mod graph_schema;
pub mod job;
pub mod limits;
pub mod log;
pub mod mapping;
pub mod notification;
pub mod on_demand;
pub mod own_token;
pub mod perform;
pub mod plan;
pub mod quarantine;
pub mod references;
pub mod references_plan;
pub mod restart;
pub mod schedule;
pub mod scope;
pub mod scoping;
pub mod source;
pub mod tally;
pub mod wire;
