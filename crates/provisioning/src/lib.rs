//! SCIM 2.0 at `/populations/{idp}/scim/v2`: what the directory says about people and groups, and what follows from it.
//!
//! A request is decoded, becomes one transaction and is answered. The transaction holds the resource, everything the
//! change means for live people ([`lifecycle`]) and the record of it in the provisioning log, so that a leaver's sessions are dead before the
//! directory hears "done". Documents, filters and both PATCH dialects of Entra are the `scim` crate's.

mod body;
mod change;
mod contact;
mod credential;
mod discovery;
pub mod drift;
mod error;
pub mod expansion;
mod groups;
mod journal;
pub mod lifecycle;
mod list;
mod members;
mod query;
mod read;
mod record;
mod reply;
mod router;
mod show;
mod transaction;
mod users;

pub use contact::Contacts;
pub use error::refusal;
pub use router::{ProvisioningState, router};
