//! The proof that a request was let in. Only this room can make one; the proxy takes it by value.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use model::{AppId, PolicyId, UserId, upstream::Upstream};
use tokio::time::Instant;

use crate::{admit::Verified, cache::OfToken, compiled::CompiledApp, live::LiveSession, review::Hold};

/// Who was let in.
#[derive(Clone)]
pub enum Subject {
    /// A person with a live session.
    Person(Arc<LiveSession>),
    /// A program, by client id.
    Program(Arc<str>),
    /// Nobody was asked: a bypass policy.
    Anyone,
}

impl Subject {
    /// The person, when it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Person(live) => Some(live.session.user_id),
            Self::Program(_) | Self::Anyone => None,
        }
    }
}

/// Permission for one request to go to one application's upstream.
pub struct Permit {
    pub(crate) app: Arc<CompiledApp>,
    pub(crate) policy: PolicyId,
    pub(crate) subject: Subject,
    pub(crate) vouched: Vouched,
    pub(crate) took_long: bool,
    pub(crate) cut: Cut,
    pub(crate) set_cookie: Option<HeaderValue>,
    pub(crate) certificate: Option<Box<[HeaderValue; 2]>>,
}

/// What the origin is told of whoever was let in.
pub(crate) enum Vouched {
    /// A person's own token and address.
    Person(Arc<Verified>),
    /// A token made for it.
    Program(HeaderValue),
    /// Nothing: nobody was asked.
    Nobody,
}

impl Permit {
    /// The application.
    pub fn app(&self) -> AppId {
        self.app.app.id
    }
    /// The policy that let it in.
    pub fn policy(&self) -> PolicyId {
        self.policy
    }
    /// Where to send the request; `None` when nobody configured it.
    pub fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.app.upstream.as_ref()
    }
    /// Who.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
    /// Value of `Cf-Access-Jwt-Assertion`; none for a bypass.
    pub fn assertion(&self) -> Option<&HeaderValue> {
        match &self.vouched {
            Vouched::Person(verified) => verified.assertion(),
            Vouched::Program(assertion) => Some(assertion),
            Vouched::Nobody => None,
        }
    }
    /// The same as bytes.
    pub fn assertion_bytes(&self) -> Option<&[u8]> {
        match &self.vouched {
            Vouched::Person(verified) => Some(verified.token()),
            Vouched::Program(assertion) => Some(assertion.as_bytes()),
            Vouched::Nobody => None,
        }
    }
    /// Value of `Cf-Access-Authenticated-User-Email`.
    pub fn email(&self) -> Option<&HeaderValue> {
        match &self.vouched {
            Vouched::Person(verified) => verified.live.email.as_ref(),
            Vouched::Program(_) | Vouched::Nobody => None,
        }
    }
    /// A signature was checked for it, which takes as long as everything else about a request.
    pub fn took_long(&self) -> bool {
        self.took_long
    }
    /// What ends the request's streams.
    pub fn cut(&self) -> &Cut {
        &self.cut
    }
    /// A cookie the response must set (a service token's first success outside strict mode).
    pub fn set_cookie(&self) -> Option<&HeaderValue> {
        self.set_cookie.as_ref()
    }
    /// The verified client certificate where the host's settings tell it to the origin: its DER form as base64, and its SHA-256.
    pub fn certificate(&self) -> Option<&[HeaderValue; 2]> {
        self.certificate.as_deref()
    }
    /// The header that may carry both halves of a service token: such a value must not reach the origin
    /// ([`crate::single_header::is_credential`]).
    pub fn token_header(&self) -> Option<&HeaderName> {
        self.app.token_header.as_ref()
    }
}

/// Everything that ends an open stream: the end of its session or credential, by withdrawal or by time, or the withdrawal
/// of its application's tokens, and every change after which it would not be let in any more. A clone costs next to nothing.
#[derive(Clone, Default)]
pub struct Cut(Option<Arc<Hold>>);

impl Cut {
    pub(crate) fn by(hold: Hold) -> Self {
        Self(Some(Arc::new(hold)))
    }
    /// True when it has ended already.
    pub fn is_cut(&self) -> bool {
        self.0.as_ref().is_some_and(|hold| hold.is_over())
    }
    /// The same, for whoever has just looked at the clock.
    pub fn is_cut_at(&self, now: Instant) -> bool {
        self.0.as_ref().is_some_and(|hold| hold.is_over_at(now))
    }
    /// Waits until one of them ends; for ever when there is none.
    pub async fn wait(self) {
        match self.0 {
            Some(hold) => hold.over().await,
            None => std::future::pending().await,
        }
    }
}
