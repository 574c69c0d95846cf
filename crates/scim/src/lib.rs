//! The pure half of SCIM 2.0 (RFC 7643, RFC 7644): documents, filters, patches, answers; no I/O, no clock.
//!
//! A resource is kept as a case-preserving JSON document ([`Doc`]), so that nothing a client sent is lost. What
//! clients send in other shapes than the RFC's (Entra's two PATCH dialects above all) is brought into one form on the
//! way in, and every such change is counted by [`Quirk`] so that it can be shown.

pub mod discovery;
pub mod error;
pub mod etag;
pub mod filter;
pub mod fold;
pub mod json;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
pub mod quirk;
pub mod resource;
pub mod schema;
pub mod sort;

pub use error::{ScimError, ScimType};
pub use filter::{Filter, Indexed};
pub use list::ListQuery;
pub use patch::{PatchRequest, Patched};
pub use quirk::{Normalised, Quirk};
pub use resource::{Doc, Kind, Meta, Parsed, Resource};
