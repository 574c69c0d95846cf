//! The proof that a request was let in. Only this room can make one; the proxy takes it by value.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use model::{AppId, PolicyId, Timestamp, UserId, upstream::Upstream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    live::LiveSession,
    review::{Hold, instant},
};

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
    pub(crate) app: AppId,
    pub(crate) policy: PolicyId,
    pub(crate) upstream: Option<Arc<Upstream>>,
    pub(crate) subject: Subject,
    pub(crate) assertion: Option<HeaderValue>,
    pub(crate) email: Option<HeaderValue>,
    pub(crate) cut: Cut,
    pub(crate) set_cookie: Option<HeaderValue>,
    pub(crate) token_header: Option<HeaderName>,
    pub(crate) certificate: Option<Box<[HeaderValue; 2]>>,
}

impl Permit {
    /// The application.
    pub fn app(&self) -> AppId {
        self.app
    }
    /// The policy that let it in.
    pub fn policy(&self) -> PolicyId {
        self.policy
    }
    /// Where to send the request; `None` when nobody configured it.
    pub fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.upstream.as_ref()
    }
    /// Who.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
    /// Value of `Cf-Access-Jwt-Assertion`; none for a bypass.
    pub fn assertion(&self) -> Option<&HeaderValue> {
        self.assertion.as_ref()
    }
    /// Value of `Cf-Access-Authenticated-User-Email`.
    pub fn email(&self) -> Option<&HeaderValue> {
        self.email.as_ref()
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
        self.token_header.as_ref()
    }
}

/// Everything that ends an open stream: the end of its session or credential, by withdrawal or by time, or the withdrawal
/// of its application's tokens, and every change after which it would not be let in any more.
#[derive(Clone, Default)]
pub struct Cut {
    tokens: [Option<CancellationToken>; 2],
    until: Option<Instant>,
    hold: Option<Arc<Hold>>,
}

impl Cut {
    pub(crate) fn new(tokens: [Option<CancellationToken>; 2], until: Option<Timestamp>, now: Timestamp) -> Self {
        Self { tokens, until: until.and_then(|t| instant(t, now)), hold: None }
    }
    pub(crate) fn with(self, hold: Arc<Hold>) -> Self {
        Self { hold: Some(hold), ..self }
    }
    /// True when it has ended already.
    pub fn is_cut(&self) -> bool {
        self.tokens.iter().flatten().any(CancellationToken::is_cancelled)
            || self.until.is_some_and(|t| t <= Instant::now())
            || self.hold.as_ref().is_some_and(|hold| hold.is_over())
    }
    /// Waits until one of them ends; for ever when there is none.
    pub async fn wait(self) {
        let [a, b] = self.tokens;
        let ended = async {
            tokio::select! { () = cancelled(a) => {}, () = cancelled(b) => {} }
        };
        let withdrawn = async {
            match &self.hold {
                Some(hold) => hold.over().await,
                None => std::future::pending().await,
            }
        };
        match self.until {
            Some(until) => tokio::select! { () = ended => {}, () = withdrawn => {}, () = tokio::time::sleep_until(until) => {} },
            None => tokio::select! { () = ended => {}, () = withdrawn => {} },
        }
    }
}

async fn cancelled(token: Option<CancellationToken>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}
