//! The one door: who are you, may you pass.
//!
//! Credentials become a [`live::LiveSession`] or a service token, rules become a [`Verdict`], and only this room can make a
//! [`Permit`]. A request is decided from memory: the configuration compiled at its last change ([`compiled::Compiled`]),
//! the live sessions and generations that follow the store's feed ([`live::Live`]) and a cache of verified tokens.
//! Nothing here does I/O on the request path; opening and ending sessions goes through the store.

pub mod admit;
mod admitted;
pub mod begin;
pub mod binding;
pub mod cache;
pub mod certificate;
pub mod client;
pub mod compiled;
pub mod console;
pub mod cors;
pub mod counts;
pub mod credential;
pub mod denial;
mod door;
mod end;
mod endings;
pub mod judged;
pub mod keys;
mod linked;
pub mod live;
mod lost;
pub mod permit;
mod program;
pub mod record;
mod review;
mod seats;
pub mod sign_in;
pub mod single_header;
pub mod ticket;
pub mod token;
mod token_usage;
pub mod trial;

pub use admit::{LoginNeeded, Refusal, Request, Verdict};
pub use certificate::ClientCertificate;
pub use client::Client;
pub use door::{Config, Guard, GuardError, Unrecorded};
pub use end::End;
pub use permit::{Cut, Permit, Subject};
pub use policy::{Ask, Decision, Denial, DenialKind, Explanation, GroupsTold, Outcome, PolicyVerdict, Reason, StepUp};
pub use seats::Seat;
