//! Owns the provisioning service: what it sends to a SCIM endpoint, when, and how it went.

pub mod engine;
pub mod expression;
pub mod job;
pub mod mapping;
pub mod schedule;
