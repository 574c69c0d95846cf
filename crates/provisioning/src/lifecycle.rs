//! What a change of a SCIM resource means for live people: a pure plan, then its effects in the same transaction.

pub mod carry_out;
pub mod plan;
