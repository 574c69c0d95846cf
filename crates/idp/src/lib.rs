//! Conversations with identity providers: building the authorize address, redeeming the code, checking the ID token,
//! reading groups. One provider kind is spoken today, Microsoft Entra ID.
//!
//! Every outgoing call has a deadline, a bounded answer, no redirects, and a target whose address was checked.

mod address;
mod client;
pub mod entra;
mod error;
mod fetch;
mod resolver;

pub use client::{Client, Config};
pub use entra::{AuthorizeRequest, Callback, SignedIn};
pub use error::{IdpError, Refusal, Remedy, SignInError};
