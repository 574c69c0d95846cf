//! Conversations with identity providers: building the authorize address, redeeming the code, checking the ID token,
//! reading groups, looking again later. Microsoft Entra ID is spoken in full, any other OpenID Connect provider by its settings.
//!
//! Every outgoing call has a deadline, a bounded answer, no redirects, and a target whose address was checked.

mod address;
mod authorize;
mod certificate;
mod check;
mod claims;
mod client;
pub mod entra;
mod error;
mod evaluate;
mod fetch;
mod generic;
mod notify;
mod provider;
mod resolver;
mod sign_in;
mod skew;
mod token;
pub mod trial;

pub use authorize::{AuthorizeRequest, diagnose};
pub use certificate::{CertificateError, CertificateFacts, check_certificate};
pub use check::CheckRequest;
pub use client::{Client, Config};
pub use error::{IdpError, RefreshError, Refusal, Remedy, SignInError};
pub use evaluate::{EvaluationError, Question};
pub use notify::{Foreign, ForeignAnswer};
pub use provider::Provider;
pub use sign_in::{Callback, Membership, Refreshed, SignedIn};
pub use skew::ClockSkew;
