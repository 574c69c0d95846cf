//! What is known about a request and the person behind it.

use std::net::IpAddr;

use model::{ServiceTokenId, Timestamp, identity::Identity, readings::Readings};

/// A fact that may not be known. Not known is not the same as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<T> {
    /// Its value.
    Known(T),
    /// Nobody trustworthy told it.
    Unknown,
}

/// What the request itself tells, as far as it can be trusted (ruling 21).
#[derive(Debug, Clone, Copy)]
pub struct RequestFacts<'a> {
    /// The client's address: the socket's, or what a trusted peer said.
    pub ip: Option<IpAddr>,
    /// Country of that address, two upper-case letters, from a trusted peer. `XX` counts as unknown.
    pub country: Fact<&'a str>,
    /// The service token whose id *and secret* were verified with this request; `None` when there is none.
    pub service_token: Option<ServiceTokenId>,
    /// The time of the decision.
    pub now: Timestamp,
}

/// Everything a decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The request.
    pub request: RequestFacts<'a>,
    /// The person, once signed in.
    pub identity: Option<&'a Identity>,
    /// What was polled about people; `None` where nothing is polled.
    pub readings: Option<&'a Readings>,
}

impl<'a> Facts<'a> {
    /// The same request before any sign-in.
    pub(crate) fn without_identity(&self) -> Facts<'a> {
        Facts { request: self.request, identity: None, readings: self.readings }
    }
}
