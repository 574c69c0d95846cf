//! What is known about a request and the person behind it.

use std::net::IpAddr;

use model::{AppId, CertificateId, ServiceTokenId, Timestamp, access_grant::Standing, identity::Identity, readings::Readings};

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
    /// The client certificate; known to be none where one was asked for and not shown, unknown where none is asked for.
    pub certificate: Fact<Option<Presented<'a>>>,
    /// The application whose token came in `Cf-Access-Token`, verified and alive.
    pub linked_app: Option<AppId>,
    /// The time of the decision.
    pub now: Timestamp,
}

/// A client certificate that an authority of the requested host vouches for, within its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The authority.
    pub authority: CertificateId,
    /// Common name of its subject, when it has exactly one.
    pub common_name: Option<&'a str>,
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
    /// What the person has beside their identity; `None` is nothing.
    pub standing: Option<&'a Standing>,
}

impl<'a> Facts<'a> {
    /// The same request before any sign-in.
    pub(crate) fn without_identity(&self) -> Facts<'a> {
        Facts { request: self.request, identity: None, readings: self.readings, standing: None }
    }
}
