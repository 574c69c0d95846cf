//! The proof that a request was let in. Only this room can make one; the proxy takes it by value.

use std::sync::Arc;

use http::HeaderValue;
use model::{AppId, PolicyId, UserId, upstream::Upstream};
use tokio_util::sync::CancellationToken;

use crate::live::LiveSession;

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
}

/// Everything that ends an open stream: the end of its session or credential, or the withdrawal of its application's tokens.
#[derive(Clone, Default)]
pub struct Cut {
    pub(crate) tokens: [Option<CancellationToken>; 2],
}

impl Cut {
    /// True when it has ended already.
    pub fn is_cut(&self) -> bool {
        self.tokens.iter().flatten().any(CancellationToken::is_cancelled)
    }
    /// Waits until one of them ends; for ever when there is none.
    pub async fn wait(self) {
        let [a, b] = self.tokens;
        match (a, b) {
            (Some(a), Some(b)) => tokio::select! { () = a.cancelled() => {}, () = b.cancelled() => {} },
            (Some(t), None) | (None, Some(t)) => t.cancelled().await,
            (None, None) => std::future::pending().await,
        }
    }
}
